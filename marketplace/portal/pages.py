"""How pages answer: whole, or only the part that a script asked for; and in which words."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from marketplace.kernel.errors import DomainError, FieldProblem, Invalid, NotFound, SignInFirst
from marketplace.kernel.web.fragments import wants_fragment

REFUSED = 422  # a form that is shown again with what is wrong; htmx swaps it


def show(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    part: str = "",
    target: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render a page, or its partial ``part`` when the page's script fills that element with it.

    ``target`` is the element's id where it is not the partial's name. A script that fills another
    element gets the whole page: it followed a redirect and goes there.
    Every page differs by who reads it, so nothing is kept by shared caches; parts are kept by none.
    """
    inside = bool(part) and wants_fragment(request, target or part)
    response = render(request, f"{template}#{part}" if inside else template, context, status=status)
    return guard(request, response)


def guard(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Say that an answer is one person's, and differs between a page and its parts."""
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    response["Cache-Control"] = "no-store" if wants_fragment(request) else "private, no-cache"
    return response


def uuid_or_none(text: str) -> UUID | None:
    """Read an id from an address; None when it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def words_of(problem: DomainError) -> str:
    """Give a refusal as one text: its title, and its detail where that says more."""
    detail = str(problem)
    return problem.title if detail == problem.title else f"{problem.title} {detail}"


def attempt[R](
    request: HttpRequest, run: Callable[[], R], done: str = "", *, undo: str = ""
) -> R | None:
    """Call an action for a form; say ``done``, or the words of the refusal, on the next page.

    ``undo`` is an address: what is posted there takes the action back, truly.
    What is hidden or needs a sign-in stays a page of its own.
    """
    try:
        result = run()
    except (NotFound, SignInFirst):
        raise
    except DomainError as refused:
        messages.error(request, words_of(refused))
        return None
    if done:
        messages.success(request, done, extra_tags=f"undo:{undo}" if undo else "")
    return result


def blame(form: forms.Form, refused: DomainError, fields: Mapping[str, str]) -> None:
    """Put a refusal at the fields it speaks of; ``fields`` maps the start of a pointer to a field.

    What speaks of no field stands above the form.
    """
    if not isinstance(refused, Invalid) or not refused.problems:
        form.add_error(None, words_of(refused))
        return
    for problem in refused.problems:
        form.add_error(_field_of(problem, fields), problem.detail)


def _field_of(problem: FieldProblem, fields: Mapping[str, str]) -> str | None:
    for start, name in fields.items():
        if problem.pointer.startswith(start):
            return name
    return None
