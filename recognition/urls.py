"""The addresses of the pages: the library, a book, its cast and chapters, and the tasks."""

from django.urls import path

from recognition import desk, model_settings, scoring, views, workbench

urlpatterns = [
    path("", views.library, name="library"),
    path("books/<uuid:pk>/", views.book, name="book"),
    path("books/<uuid:pk>/recognize/", views.recognize, name="recognize"),
    path("books/<uuid:pk>/estimate/", views.estimate, name="estimate"),
    path("books/<uuid:pk>/script.json", views.script, name="script"),
    path("books/<uuid:pk>/chapters/<int:number>/", views.chapter, name="chapter"),
    path("books/<uuid:pk>/lines/<int:start>/", desk.line, name="line"),
    path("books/<uuid:pk>/score/", scoring.score_book, name="score_book"),
    path("books/<uuid:pk>/at/<int:start>/", views.place, name="place"),
    path("books/<uuid:pk>/characters/", views.characters, name="characters"),
    path("books/<uuid:pk>/characters/<int:character>/", views.character, name="character"),
    path("books/<uuid:pk>/changes/", desk.history, name="history"),
    path("books/<uuid:pk>/changes/<int:correction>/", desk.changes, name="changes"),
    path("books/<uuid:pk>/changes/<int:correction>/undo/", desk.undo_changes, name="undo_changes"),
    path("tasks/", views.tasks, name="tasks"),
    path("tasks/<uuid:pk>/", views.task, name="task"),
    path("tasks/<uuid:pk>/cancel/", views.task_cancel, name="task_cancel"),
    path("tasks/<uuid:pk>/retry/", views.task_retry, name="task_retry"),
    path("tasks/<uuid:pk>/resend/", views.task_resend, name="task_resend"),
    path("tasks/<uuid:pk>/windows/<stage>/<int:index>/", workbench.window, name="window"),
    path("tasks/<uuid:pk>/windows/<stage>/<int:index>/ask/", workbench.ask_again, name="window_ask"),
    path("tasks/<uuid:pk>/windows/<stage>/<int:index>/answer/", workbench.answer, name="window_answer"),
    path("settings/", model_settings.model_settings, name="model_settings"),
    path("settings/test/", model_settings.test, name="model_test"),
]
