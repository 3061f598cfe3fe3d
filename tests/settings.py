"""The product's settings for tests: its defaults, in a directory that is thrown away, whatever the environment says.

DATABASE_URL alone is taken over: it chooses the database server on which the test database is made.
"""

import os
import tempfile

# Processes that a test starts, and pytest's own workers, share the directory of the first.
if "TEST_DATA_DIR" not in os.environ:
    _test_data_dir = tempfile.TemporaryDirectory(prefix="txt2voice-tests-")  # removed when this process ends
    os.environ["TEST_DATA_DIR"] = _test_data_dir.name

for name in ("ALLOWED_HOSTS", "APP_URL", "CALLBACK_ALLOWED_HOSTS", "CHARACTER_RECOGNITION_URL", "DEBUG",
             "METRICS_TOKEN", "PORT", "RECOGNITION_ENGINE", "SECRET_KEY", "TIME_ZONE", "WORKERS"):  # fmt: skip
    os.environ.pop(name, None)
for name in [name for name in os.environ if name.startswith("LLM_")]:
    del os.environ[name]
os.environ["DATA_DIR"] = os.environ["TEST_DATA_DIR"]

from txt2voice.settings import *  # noqa: E402, F403
from txt2voice.settings import DATA_DIR, DATABASES, STATIC_ROOT, STORAGES  # noqa: E402

# The sentences in the tests are the English sources; a test of the Chinese asks for it.
LANGUAGE_CODE = "en"
# A file and not memory: threads and processes then meet each other's locks as in life.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
# Without collected files the manifest would be missing.
STATIC_ROOT.mkdir(exist_ok=True)  # nothing is in it, but the server looks
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# A strong hash is slow on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
