"""Import what is described elsewhere: a dbt manifest, ODCS and ODPS files, an archive of Git.

The page reads, shows what it would be in the editor, and applies nothing but the ground under it:
the teams and domains that are not there yet. A Git address is not taken: a server that fetches
what a form names can be led into networks that the reader cannot reach.
"""

from typing import Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from catalog.actions.apply import apply_bundle, as_invalid
from catalog.blueprints import imports
from catalog.blueprints.archives import Upload, unpack
from catalog.blueprints.draft import slug_of
from catalog.blueprints.sources import DbtModel, NotReadable, models_of_dbt
from catalog.descriptors.edits import CannotEdit
from catalog.descriptors.safe_yaml import Refused
from catalog.models import Domain
from catalog.permissions import may_describe
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import DomainError, NotAllowed, NotFound, SignInFirst
from marketplace.kernel.identity.current import signed_in
from marketplace.kernel.identity.models import Team
from marketplace.kernel.web.fragments import wants_fragment
from marketplace.portal.editing import show_draft
from marketplace.portal.form_code import bundle_code, show_code, show_errors
from marketplace.portal.pages import REFUSED, blame, show
from marketplace.portal.source_form import SourceForm


class ImportForm(SourceForm):
    """A file, and where products belong that it does not place itself."""

    upload = forms.FileField(
        label="File",
        help_text="manifest.json of dbt, a YAML file of ODCS or ODPS, or .zip / .tar.gz of a "
        "repository. At most 20 MB; it is read and not kept.",
    )
    domain = forms.CharField(
        label="Domain",
        required=False,
        max_length=60,
        help_text="For dbt models, and for contracts that have no product.",
    )
    team = forms.CharField(
        label="Owned by team",
        required=False,
        max_length=60,
        help_text="For the same. A team that is not there yet is made, and you own products in it.",
    )
    models = forms.CharField(
        label="Models of the dbt project",
        required=False,
        max_length=2000,
        help_text="Names by comma; empty takes all, up to 50.",
    )

    @property
    def home(self) -> imports.Home:
        """Where drafts belong; raises NotReadable when a place is needed and none was said."""
        given = self.cleaned_data
        domain, team = slug_of(given["domain"]), slug_of(given["team"] or given["domain"])
        return imports.Home(domain, team, given["platform"])


_FIELDS: Final = {"/upload": "upload", "/domain": "domain", "/team": "team"}


@require_http_methods(["GET", "HEAD", "POST"])
def welcome_import(request: HttpRequest) -> HttpResponse:
    """Read an upload, make the ground under it, and show the rest in the editor."""
    actor = signed_in(request)
    if not may_describe(actor):
        raise NotAllowed("Descriptors are applied by those who own products.")
    sent = request.method == "POST"
    form = ImportForm(request.POST if sent else None, request.FILES if sent else None)
    crumbs = [
        {"label": "Welcome", "href": reverse("welcome")},
        {"label": "Import", "href": ""},
    ]
    looks = sent and "code" in request.POST
    if sent and form.is_valid():
        text = _read(request, actor, form, looks=looks)
        if text is not None and looks:
            return show_code(request, bundle_code(text), reverse("welcome_import"))
        if text is not None:
            return show_draft(request, "Import", text, crumbs)
    if looks and wants_fragment(request):
        return show_errors(request, form)
    context = {"form": form, "crumbs": crumbs, "nav": "owner"}
    return show(request, "portal/welcome_import.html", context, status=REFUSED if sent else 200)


def _read(request: HttpRequest, actor: Actor, form: ImportForm, *, looks: bool) -> str | None:
    """Give the bundle; None when it could not be read, which the form then says.

    Its ground is made at once; for who only looks at the call, it is a part of the bundle.
    """
    upload = form.cleaned_data["upload"]
    try:
        bundle = _bundle(unpack(upload.name, upload.read()), form)
        ground = _ground(actor, bundle)
        if looks:
            return f"{ground}---\n{bundle}" if ground else bundle
        _lay_ground(request, actor, ground)
    except (NotReadable, CannotEdit) as cannot:
        form.add_error("upload", str(cannot))
    except Refused as refused:
        blame(form, as_invalid(refused), _FIELDS)
    except (NotFound, SignInFirst):
        raise
    except DomainError as refused:
        blame(form, refused, _FIELDS)
    else:
        return bundle
    return None


def _bundle(found: Upload, form: ImportForm) -> str:
    home = form.home
    wanted = [one.strip() for one in form.cleaned_data["models"].split(",") if one.strip()]
    parts = []
    if found.texts:
        parts.append(imports.from_texts(list(found.texts.values()), home))
    if found.manifest and (wanted or not found.texts):
        parts.append(imports.from_dbt(_chosen(models_of_dbt(found.manifest), wanted), home))
    bundle = "---\n".join(parts)
    if not (home.domain and home.team) and imports.is_drafted(bundle):
        form.add_error("domain", "Say in which domain the products belong.")
        raise NotReadable("It names no domain.")
    return bundle


def _chosen(models: list[DbtModel], wanted: list[str]) -> list[DbtModel]:
    """Give the models that were named, or all; raises NotReadable for a name that is none."""
    if not wanted:
        return models
    by_name = {one.name: one for one in models}
    if unknown := [name for name in wanted if name not in by_name]:
        raise NotReadable(f"The manifest has no model {', '.join(unknown)}.")
    return [by_name[name] for name in wanted]


def _ground(actor: Actor, bundle: str) -> str:
    """Give the teams and domains that the bundle speaks of and nobody has made."""
    there = [f"Domain/{slug}" for slug in Domain.objects.values_list("slug", flat=True)]
    there += [f"Team/{slug}" for slug in Team.objects.values_list("slug", flat=True)]
    return imports.ground(imports.needs_of(bundle), actor.subject, but=there)


def _lay_ground(request: HttpRequest, actor: Actor, ground: str) -> None:
    """Make what is not there yet."""
    if not ground:
        return
    done = apply_bundle(actor, text=ground)
    named = ", ".join(f"{one.kind} {one.key}" for one in done.documents)
    words = gettext("Made: %(named)s. You own products there.")
    messages.success(request, words % {"named": named})
