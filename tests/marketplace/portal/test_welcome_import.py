"""An empty instance: the demo is ordered, and what is described elsewhere is imported."""

import io
import json
import tarfile
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from catalog.models import DataProduct, Domain
from marketplace.kernel.events.delivering import deliver_due
from marketplace.kernel.events.models import Event
from marketplace.kernel.identity.models import Membership, Team, User
from tests.factories import descriptors as make

pytestmark = pytest.mark.django_db
MANIFEST = {
    "nodes": {
        "model.shop.orders": {
            "resource_type": "model",
            "name": "orders",
            "schema": "shop",
            "description": "One order each.",
            "columns": {
                "order_id": {"name": "order_id", "data_type": "bigint"},
                "placed_at": {"name": "placed_at", "data_type": "timestamp"},
            },
        },
        "test.shop.not_null": {"resource_type": "test", "name": "not_null"},
    }
}


@pytest.fixture
def first() -> Client:
    """Who was made by `make superuser`, signed in, on an instance with nothing in it."""
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@example.test", "a-long-phrase"))
    return client


def send(client, name: str, content: bytes, **fields):
    upload = SimpleUploadedFile(name, content)
    return client.post("/welcome/import", {"upload": upload, **fields})


def test_a_dbt_manifest_becomes_drafts_that_apply(first):
    page = send(first, "manifest.json", json.dumps(MANIFEST).encode(), domain="Shop")

    assert page.status_code == 200
    assert (Domain.objects.get().slug, Team.objects.get().slug) == ("shop", "shop")
    assert Membership.objects.get().role == "product_owner"
    assert not DataProduct.objects.exists()

    done = first.post("/owner/apply", {"text": page.context["text"], "view": "yaml"})

    assert (done.status_code, done["Location"]) == (302, "/owner/products/shop.orders/edit")
    product = DataProduct.objects.get()
    assert (product.key, product.status) == ("shop.orders", "draft")


def test_a_contract_alone_gets_a_draft_of_its_product(first):
    contract = make.contract("shop-orders", product="elsewhere.orders", columns=make.FLIGHT_COLUMNS)

    page = send(first, "orders.odcs.yaml", contract.encode(), domain="Shop", team="Shop keepers")

    text = page.context["text"]
    assert "kind: DataProduct" in text
    assert text.count("kind: DataContract") == 1
    assert Team.objects.get().slug == "shop-keepers"
    applied = first.post("/owner/apply", {"text": text, "view": "yaml"})
    assert applied.status_code == 302
    assert DataProduct.objects.get().domain.slug == "shop"


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_an_archive_of_a_repository_is_read_and_the_rest_left(first, kind):
    files = {
        "mesh/orders.yaml": make.product("shop.orders", team="shop", ports=[]).encode(),
        "mesh/values.yaml": b"replicas: 3\n",
        "README.md": b"# Shop",
        "../../etc/evil.yaml": b"not: ours\n",
    }

    page = send(first, f"mesh.{kind}", packed(kind, files))

    assert page.status_code == 200
    assert page.context["text"].startswith("apiVersion")
    assert "replicas" not in page.context["text"]
    assert Domain.objects.get().slug == "shop"


def packed(kind: str, files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(held, "w") as archive:
            for name, body in files.items():
                archive.writestr(name, body)
    else:
        with tarfile.open(fileobj=held, mode="w:gz") as archive:
            for name, body in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(body)
                archive.addfile(info, io.BytesIO(body))
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "fields", "words"),
    [
        ("notes.txt", b"words", {}, "Choose a .yaml, .json, .zip or .tar.gz file."),
        ("mesh.zip", b"PK no archive", {}, "The archive is broken"),
        ("mesh.tar.gz", b"no archive", {}, "The archive is broken"),
        ("values.yaml", b"replicas: 3\n", {}, "There is no descriptor"),
        ("manifest.json", b"{}", {"domain": "Shop"}, "This is not a manifest.json of dbt."),
        ("manifest.json", json.dumps(MANIFEST).encode(), {}, "Say in which domain"),
        (
            "manifest.json",
            json.dumps(MANIFEST).encode(),
            {"domain": "Shop", "models": "carts"},
            "The manifest has no model carts.",
        ),
        ("bomb.yaml", b"kind: DataProduct\na: &a [1]\nb: *a\n", {}, "anchor"),
    ],
)
def test_what_cannot_be_read_is_refused_in_place(first, name, content, fields, words):
    page = send(first, name, content, **fields)

    assert page.status_code == 422
    assert words.lower() in page.text.lower()
    assert not Domain.objects.exists()
    assert not Team.objects.exists()


def test_a_contract_that_is_a_bomb_is_not_unpacked(first):
    body = b"kind: DataContract\n" + b"#" * 10_000_000

    page = send(first, "mesh.zip", squeezed(body))

    assert page.status_code == 422
    assert "larger than 256 kB" in page.text


def squeezed(body: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("orders.yaml", body)
    return held.getvalue()


def test_sid_imports_nothing(people, browser):
    answer = send(browser("sid"), "manifest.json", json.dumps(MANIFEST).encode(), domain="Shop")

    assert answer.status_code == 403
    assert not Domain.objects.exists()


def test_the_operator_orders_the_demo_and_the_page_says_so(first):
    assert "Load it" in first.get("/welcome").text

    assert first.post("/welcome/demo")["Location"] == "/welcome"

    assert Event.objects.filter(name="demo.ordered").count() == 1
    page = first.get("/welcome")
    assert page.context["demo"].state == "loading"
    assert "Look again" in page.text
    again = first.post("/welcome/demo", follow=True)
    assert "It is being loaded already." in again.text
    assert Event.objects.filter(name="demo.ordered").count() == 1


def test_no_demo_where_something_is_real(mesh, browser):
    answer = browser("pia").post("/welcome/demo", follow=True)

    assert "Something is described here already." in answer.text
    assert not Event.objects.filter(name="demo.ordered").exists()


def test_no_demo_in_production_nor_without_a_warehouse(first, settings):
    settings.PRODUCTION = True
    assert "Not in production" in first.get("/welcome").text
    settings.PRODUCTION, settings.WAREHOUSE_ADMIN_DSN = False, ""
    first.post("/welcome/demo")
    assert not Event.objects.filter(name="demo.ordered").exists()


def test_ana_orders_no_demo(people, browser):
    assert "Load it" not in browser("ana").get("/welcome").text
    browser("ana").post("/welcome/demo")

    assert not Event.objects.filter(name="demo.ordered").exists()
    deliver_due()
    assert not DataProduct.objects.exists()
