"""A small application in the place of the marketplace, and a supervisor that runs it.

It lets the supervisor be tested with its real children (PostgreSQL, Valkey, Celery with its pool,
the web server with its workers, the scheduler) without the time that the marketplace takes to load.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from deploy.embedded.state import free_port
from tests.deploy.processes import eventually, mentioning

ROOT = Path(__file__).resolve().parents[2]

FILES = {
    "requirements.lock": "",
    "static/hello.txt": "hello\n",
    "manage.py": """
import sys
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
""",
    "marketplace/__init__.py": "",
    "marketplace/settings.py": """
import os
from marketplace.database import database
SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "marketplace.urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.staticfiles"]
DATABASES = {"default": database(os.environ["DATABASE_URL"])}
STATIC_URL = "/static/"
STATICFILES_DIRS = [os.path.join(os.path.dirname(os.path.dirname(__file__)), "static")]
STATIC_ROOT = os.path.join(os.environ["EMPORION_VAR"], "staticfiles")
CELERY_BROKER_URL = os.environ["BROKER_URL"]
CELERY_BEAT_SCHEDULE = {}
""",
    "marketplace/database.py": """
from psycopg.conninfo import conninfo_to_dict
def database(url):
    parts = conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts["dbname"],
        "USER": parts["user"],
        "HOST": parts["host"],
        "PORT": parts["port"],
    }
""",
    "marketplace/urls.py": """
import os
from django.db import connection
from django.http import HttpResponse
from django.urls import path
def ready(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_migrations")
        return HttpResponse(f"{os.getpid()} {cursor.fetchone()[0] > 0}")
urlpatterns = [path("health/ready", ready)]
""",
    "marketplace/wsgi.py": """
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
""",
    "marketplace/celery.py": """
from celery import Celery
app = Celery("marketplace")
app.config_from_object("django.conf:settings", namespace="CELERY")
""",
}


def write_application(folder):
    """Write the application, beside a copy of the code that runs it."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    shutil.copytree(
        ROOT / "deploy", folder / "deploy", ignore=shutil.ignore_patterns("__pycache__")
    )
    return folder


class Stack:
    """A supervisor that runs, and what it says."""

    def __init__(self, application, var, **settings):
        self.var = var
        self.port = free_port()
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.output = (var.parent / f"{var.name}.out").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "deploy.embedded.supervisor"],
            cwd=application,
            env=kept
            | {"PORT": str(self.port), "EMPORION_VAR": str(var), "EMPORION_DEMO": "0"}
            | settings,
            stdout=self.output,
            stderr=subprocess.STDOUT,
        )

    @property
    def said(self):
        return Path(self.output.name).read_text()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def await_ready(self, seconds=60):
        assert self.await_words(f"READY {self.url}/", seconds), self.said

    def await_words(self, words, seconds=30):
        return eventually(
            lambda: words in self.said or self.process.poll() is not None, seconds
        ) and (words in self.said)

    def family(self):
        """Every process that belongs to the stack, the supervisor apart."""
        return [pid for pid in mentioning(str(self.var)) if pid != self.process.pid]

    def stop(self, number=signal.SIGINT):
        """Ask it to stop; returns its exit code."""
        self.process.send_signal(number)
        return self.process.wait(60)

    def stopped_in_order(self):
        return re.findall(r"^Stopped (\w+)", self.said, re.MULTILINE)


@contextmanager
def running(application, var, **settings):
    """A stack that is ready, and that is gone afterwards whatever happened."""
    stack = Stack(application, var, **settings)
    try:
        stack.await_ready()
        yield stack
    finally:
        if stack.process.poll() is None:
            stack.process.kill()
            stack.process.wait(10)
        stack.output.close()
