from django.urls import path

from books import views

urlpatterns = [
    path("books/new/", views.book_new, name="book_new"),
    path("books/<uuid:pk>/edit/", views.book_edit, name="book_edit"),
    path("books/<uuid:pk>/delete/", views.book_delete, name="book_delete"),
    path("books/<uuid:pk>/encoding/", views.book_encoding, name="book_encoding"),
    path("books/<uuid:pk>/chapters/", views.book_chapters, name="book_chapters"),
]
