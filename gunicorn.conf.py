"""How the pages are served: the same on a laptop and in a container."""

from txt2voice import settings

wsgi_app = "txt2voice.wsgi"
bind = f"127.0.0.1:{settings.PORT}"
workers = settings.WEB_CONCURRENCY
# Threads, because a slow upload must not hold up a whole process.
worker_class = "gthread"
threads = 8
timeout = 120  # seconds without a sign of life
graceful_timeout = 20  # seconds for requests under way when it stops
# Two servers of one user would fight for the default path.
control_socket_disable = True
