"""Structured logs: one line each, with the request's id, and without any known secret."""

import logging
import logging.config
import re
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any

import structlog

_TOKEN = re.compile(r"\bmp_[A-Za-z0-9]{8}_[A-Za-z0-9]{38}\b|\bwhsec_[A-Za-z0-9+/=]{20,}")
_SHORTEST = 8  # shorter values would blot out ordinary words


class Redaction:
    """Blot out known secret values, tokens and webhook secrets wherever they stand in a line."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self.secrets = [secret for secret in secrets if len(secret) >= _SHORTEST]

    def __call__(
        self, _logger: object, _name: str, line: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Clean every text of the line."""
        for key, value in line.items():
            if isinstance(value, str):
                line[key] = self.clean(value)
        return line

    def clean(self, text: str) -> str:
        """Clean one text; line breaks go too, so that nobody forges a line (ASVS 16.4.1)."""
        for secret in self.secrets:
            text = text.replace(secret, "[secret]")
        return _TOKEN.sub("[token]", text).replace("\r", "\\r").replace("\n", "\\n")


def configure(*, level: str, style: str, secrets: Iterable[str] = ()) -> None:
    """Send the standard library's logs and ours through the same processors."""
    redact = Redaction(secrets)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    render: Any = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": formatter},
            "handlers": {
                "out": {
                    "class": "logging.StreamHandler",
                    "stream": sys.stderr,
                    "formatter": "line",
                }
            },
            "root": {"handlers": ["out"], "level": level},
            "loggers": {
                "django.server": {"level": "WARNING"},
                "celery.worker.strategy": {"level": "WARNING"},
                "celery.app.trace": {"level": "WARNING"},
            },
        }
    )
