"""What is shown when a request is refused before a view sees it, or breaks in one."""

import pytest
from django.test import Client, RequestFactory

from marketplace.kernel.identity.models import User
from marketplace.portal import errors

pytestmark = pytest.mark.django_db


def test_an_unknown_address_reads_like_a_hidden_thing(mesh, as_ana):
    nowhere = as_ana.get("/nowhere")
    hidden = as_ana.get("/products/customer.secret-plans")

    assert (nowhere.status_code, hidden.status_code) == (404, 404)
    assert "There is nothing here for you." in nowhere.text
    assert "There is nothing here for you." in hidden.text


def test_an_address_that_leads_nowhere_offers_to_search_for_its_words(mesh, as_ana):
    wrong = as_ana.get("/products/customer.secret-plans/schema")
    by_id = as_ana.get("/requests/01a1fe8a-bc17-7f90-bd92-b1fcd271dcf4")

    assert 'href="/?q=secret%20plans"' in wrong.text
    assert "The address is wrong, the thing is gone, or it is not open to you." in wrong.text
    assert "/?q=" not in by_id.text


def test_who_may_not_is_shown_where_their_roles_stand(people, as_ana):
    refused = as_ana.get("/operator")

    assert refused.status_code == 403
    assert 'href="/settings#who"' in refused.text
    assert 'id="who"' in as_ana.get("/settings").text


def test_the_api_answers_in_problem_documents(people, as_ana):
    answer = as_ana.get("/api/v1/nowhere")

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not-found"


def test_a_form_without_its_token_is_refused_and_changes_nothing(people):
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(username="ana"))

    answer = client.post("/settings", {"display_name": "Mallory"})

    assert answer.status_code == 403
    assert "This form is too old." in answer.text
    assert User.objects.get(username="ana").display_name == "Ana Analyst"


def test_every_page_with_a_form_carries_its_token(people):
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(username="ana"))
    token = client.get("/settings").context["csrf_token"]

    sent = {"display_name": "Ana Lyst", "csrfmiddlewaretoken": str(token)}
    assert client.post("/settings", sent).status_code == 302
    assert User.objects.get(username="ana").display_name == "Ana Lyst"


@pytest.mark.parametrize(
    ("view", "status", "words"),
    [
        (errors.bad_request, 400, "This request cannot be read."),
        (errors.not_allowed, 403, "You may not do this."),
        (errors.not_found, 404, "There is nothing here for you."),
    ],
)
def test_each_handler_answers_with_its_status(rf: RequestFactory, view, status, words):
    from django.contrib.auth.models import AnonymousUser

    request = rf.get("/x")
    request.user = AnonymousUser()
    answer = view(request, ValueError("internal detail"))

    assert answer.status_code == status
    assert words in answer.text
    assert "internal detail" not in answer.text


def test_a_bug_shows_no_detail_and_needs_no_database(rf, django_assert_num_queries):
    with django_assert_num_queries(0):
        page = errors.broken(rf.get("/x"))
        document = errors.broken(rf.get("/api/v1/x"))

    assert (page.status_code, document.status_code) == (500, 500)
    assert "Something went wrong on our side." in page.text
    assert document["Content-Type"] == "application/problem+json"
