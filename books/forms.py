"""What people fill in to add, describe and re-read a book."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from books.decoding import ENCODINGS
from books.importing import NAME, Imported, ImportProblem, import_book, is_too_large
from books.models import Book

ENCODING_CHOICES = [(name, name) for name in ENCODINGS]


class NewBookForm(forms.Form):
    """A file or a pasted text. `status` is the HTTP status that tells what was wrong with it."""

    file = forms.FileField(
        label=_("Text file"),
        required=False,
        allow_empty_file=True,  # the import tells that, as for every other way in
        widget=forms.FileInput(attrs={"accept": ".txt,text/plain"}),
    )
    text = forms.CharField(
        label=_("Or paste the text"), required=False, strip=False, widget=forms.Textarea(attrs={"rows": 8})
    )
    title = forms.CharField(
        label=_("Title"),
        max_length=NAME,
        required=False,
        help_text=_("Left empty, it is taken from the first lines or from the file's name."),
    )
    author = forms.CharField(label=_("Author"), max_length=NAME, required=False)
    encoding = forms.ChoiceField(
        label=_("Encoding"), required=False, choices=[("", _("find it out")), *ENCODING_CHOICES]
    )
    status = 400

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _("Plain text (.txt), up to %(limit)d MB.") % {"limit": settings.MAX_UPLOAD_MB}

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if not self.errors and not given["file"] and not given["text"]:
            self.add_error("file", _("Choose a file, or paste a text."))
        elif given.get("file") and given.get("text"):
            self.add_error("text", _("Choose a file or paste a text, not both."))
        return given

    def save(self, owner: Any) -> Imported | None:
        """The book; None when the text cannot become one, which the errors then say."""
        given = self.cleaned_data
        file = given["file"]
        try:
            if file and is_too_large(file.size):  # seen before it is read into memory
                raise ImportProblem("too_large", "file")
            return import_book(
                owner,
                file.read() if file else given["text"].encode("utf-8", "surrogatepass"),
                filename=file.name if file else "",
                title=given["title"],
                author=given["author"],
                encoding=given["encoding"] if file else "UTF-8",
            )
        except ImportProblem as problem:
            self.status = problem.status
            self.add_error(problem.field, str(problem))
            return None


class EncodingForm(forms.Form):
    encoding = forms.ChoiceField(label=_("Encoding"), choices=ENCODING_CHOICES)


class BookForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Book
        fields = ["title", "author", "language"]
