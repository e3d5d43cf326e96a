"""Requests in the console: only a fresh sign-in files one, only its own requester sees it, and a form counts once."""

import re
from typing import Any

import httpx
import pytest

from agent.chat_cases import MAX_OPEN
from agent.model.case import Case, Stage
from agent.model.service_request import Assurance
from agent.planners.planner import RunbookPlanner
from agent.ports import Proposal
from tests.agent.world import ANN, BOB, EVE, GUEST, READERS, TENANT
from tests.console.desk import ELSEWHERE, OTHER_TENANT, OURS, Browser, Console

PAGE = f"/api/requests?tenant={TENANT}"
WISH = "Please add me to the group <b>Readers</b>"


@pytest.fixture
async def asking(console: Console) -> Console:
    """The console over the real runbooks, with a group called Readers."""
    console.world.planner = RunbookPlanner()  # type: ignore[assignment]  # The real one, in place of the script.
    group = {"id": READERS, "displayName": "Readers", "groupTypes": []}
    console.world.directory.put("/groups", {"value": [group]})
    return console


async def signed_in(
    browser: Browser, user: str, *, tenant: str = TENANT, drop: tuple[str, ...] = (), **query: Any
) -> httpx.Response:
    begun = await browser.client.get(f"{OURS}/api/requests/sign-in?tenant={tenant}", follow_redirects=False)
    asked = httpx.URL(begun.headers["location"])
    edited = {name: value for name, value in asked.params.items() if name not in drop}
    page = await browser.client.get(asked.copy_with(params={**edited, "sim_user": user, **query}))
    form = dict(re.findall(r'name="([^"]*)" value="([^"]*)"', page.text))
    return await browser.send(form)


async def send(browser: Browser, page: httpx.Response, *, headers: Any = None, **fields: str) -> httpx.Response:
    """Send the page's form; `fields` are put into it, and one that is `-` is taken away."""
    hidden = dict(re.findall(r"<input type=hidden name=(\w+) value='([^']*)'>", page.text))
    assert set(hidden) == {"form_token", "key"}, "the page has no form"
    (action,) = re.findall(r"<form method=post action='([^']+)'>", page.text)
    own = {"origin": OURS, "sec-fetch-site": "same-origin", **(headers or {})}
    return await browser.client.post(
        page.url.join(action),
        data={name: value for name, value in {**hidden, **fields}.items() if value != "-"},
        headers={name: value for name, value in own.items() if value},
    )


async def ask(browser: Browser, page: httpx.Response, wish: str = WISH, **more: Any) -> httpx.Response:
    return await send(browser, page, **{"wish": wish, "whom": "", **more})


async def all_cases(console: Console) -> list[Case]:
    return [held.case async for held in console.world.store.recent(100)]


async def test_a_request_is_that_of_whom_entra_signed_for_and_says_where_it_came_from(asking: Console) -> None:
    browser = asking.browser()
    shown = await ask(browser, await signed_in(browser, ANN), whom="Bob Byrne")
    (case,) = await all_cases(asking)
    request = case.request
    assert (request.channel, request.source, request.requester) == ("console", "console", ANN)
    assert (request.tenant_id, request.assurance) == (TENANT, Assurance.SSO)
    assert request.text == f"{WISH}\n\nFor: Bob Byrne"
    assert str(shown.url) == f"{OURS}/api/request/{case.id}" and "&lt;b&gt;Readers" in shown.text


async def test_nobody_files_anything_without_a_sign_in_for_these_very_pages(console: Console) -> None:
    browser = console.browser()
    before = await browser.get(PAGE)
    assert before.status_code == 200 and "prove who you are" in before.text and "<form" not in before.text
    case = await console.ask()
    approval = await browser.sign_in(BOB, approval_id=console.approval_id)
    assert approval.status_code == 200 and "<form" not in (await browser.get(PAGE)).text
    own = {"origin": OURS, "sec-fetch-site": "same-origin"}
    token = re.findall(r"name=form_token value='([^']*)'", approval.text)[0]
    form = {"form_token": token, "key": "0" * 32, "wish": WISH, "whom": ""}
    assert (await browser.client.post(f"{OURS}{PAGE}", data=form, headers=own)).status_code == 403
    assert [one.id for one in await all_cases(console)] == [case.id]


async def test_a_sign_in_for_requests_opens_no_approval_and_leaves_no_token(console: Console) -> None:
    await console.ask()
    browser = console.browser()
    await signed_in(browser, BOB)
    assert "prove who you are" in (await browser.open()).text
    assert not any(name.endswith("-token") and value for name, value in browser.client.cookies.items())


FOREIGN: dict[str, dict[str, str]] = {
    "another site": {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    "another page of the same site": {"sec-fetch-site": "same-site"},
    "nobody": {"origin": ""},
    "a page without an origin": {"origin": "null"},
    "a script": {"content-type": "text/plain"},
}


@pytest.mark.parametrize("who", FOREIGN)
async def test_a_form_that_our_page_did_not_send_files_nothing(asking: Console, who: str) -> None:
    browser = asking.browser()
    page = await signed_in(browser, ANN)
    assert (await ask(browser, page, headers=FOREIGN[who])).status_code == 403
    assert await all_cases(asking) == []


CHANGED: dict[str, dict[str, str]] = {
    "no token": {"form_token": "-"},
    "another token": {"form_token": "x" * 43},
    "no key": {"key": "-"},
    "a key of another form": {"key": "../cases"},
    "one field more": {"requester": EVE},
    "no field for whom": {"whom": "-"},
}


@pytest.mark.parametrize("what", CHANGED)
async def test_a_form_that_was_changed_files_nothing(asking: Console, what: str) -> None:
    browser = asking.browser()
    page = await signed_in(browser, ANN)
    assert (await ask(browser, page, **CHANGED[what])).status_code == 403
    assert await all_cases(asking) == []


async def test_a_token_of_another_session_files_nothing(asking: Console) -> None:
    anns, eves = asking.browser(), asking.browser()
    page = await signed_in(anns, ANN)
    await signed_in(eves, EVE)
    assert (await ask(eves, page)).status_code == 403 and await all_cases(asking) == []


async def test_a_form_that_is_sent_twice_is_one_case_and_that_of_another_person_another(asking: Console) -> None:
    anns, eves = asking.browser(), asking.browser()
    page = await signed_in(anns, ANN)
    key = re.findall(r"name=key value='([^']*)'", page.text)[0]
    first, again = await ask(anns, page), await ask(anns, page)
    assert first.url == again.url and len(await all_cases(asking)) == 1
    await ask(eves, await signed_in(eves, EVE), key=key)
    assert {one.request.requester for one in await all_cases(asking)} == {ANN, EVE}


async def test_a_session_ends_and_an_old_sign_in_is_none(asking: Console) -> None:
    browser = asking.browser()
    old = await signed_in(browser, ANN, drop=("prompt", "max_age"), sim_signed_in_seconds_ago=3600)
    assert old.status_code == 401 and await all_cases(asking) == []
    page = await signed_in(browser, ANN)
    asking.world.clock.pass_(601)
    assert (await ask(browser, page)).status_code == 403 and await all_cases(asking) == []


async def test_a_guest_a_disabled_person_and_another_tenant_file_nothing(asking: Console) -> None:
    guests, anns, elsewhere = asking.browser(), asking.browser(), asking.browser()
    assert (await signed_in(guests, GUEST)).status_code == 403
    page = await signed_in(anns, ANN)
    profile = asking.world.directory.objects[f"/users/{ANN}"]
    asking.world.directory.put(f"/users/{ANN}", {**profile, "accountEnabled": False})
    assert (await ask(anns, page)).status_code == 422
    assert (await signed_in(elsewhere, ELSEWHERE, tenant=OTHER_TENANT)).status_code == 200
    assert "<form" not in (await elsewhere.get(PAGE)).text
    assert (await anns.get("/api/requests?tenant=nobodys")).status_code == 404
    assert (await anns.get("/api/requests")).status_code == 404 and await all_cases(asking) == []


@pytest.mark.parametrize("wish", ["", " \n", "x" * 4_001])
async def test_what_says_nothing_or_too_much_is_asked_for_again(asking: Console, wish: str) -> None:
    browser = asking.browser()
    assert (await ask(browser, await signed_in(browser, ANN), wish)).status_code == 422
    assert await all_cases(asking) == []


async def test_a_question_is_put_on_the_requests_page_and_answered_there_once(asking: Console) -> None:
    browser = asking.browser()
    await ask(browser, await signed_in(browser, ANN), "add me to the project group")
    (case,) = await all_cases(asking)
    await asking.world.run(case.id)
    assert (await asking.world.case(case.id)).stage is Stage.CLARIFY
    assert "on the page of this request" in asking.world.people.told[-1][1]
    page = await browser.get(f"/api/request/{case.id}")
    assert "I find no group that is called" in page.text
    for _ in range(2):
        assert (await send(browser, page, reply="Readers")).status_code == 200
    assert [one.text for one in (await asking.world.case(case.id)).replies] == ["Readers"]
    (given,) = [one for one in await asking.world.store.events(case.id) if one.code.value == "question.answered"]
    assert given.data["evidence"]["signed_in_at"]


async def test_a_request_is_shown_to_and_answered_by_its_own_requester_only(asking: Console) -> None:
    anns, eves = asking.browser(), asking.browser()
    await ask(anns, await signed_in(anns, ANN), "add me to the project group")
    (case,) = await all_cases(asking)
    await asking.world.run(case.id)
    own = await anns.get(f"/api/request/{case.id}")
    assert "prove who you are" in (await eves.get(f"/api/request/{case.id}")).text
    eves_page = await signed_in(eves, EVE)
    assert case.id not in eves_page.text and case.id in (await anns.get(PAGE)).text
    shown = await eves.get(f"/api/request/{case.id}")
    assert shown.status_code == 404 and "project" not in shown.text
    token = re.findall(r"name=form_token value='([^']*)'", eves_page.text)[0]
    assert (await send(eves, own, form_token=token, reply="Readers")).status_code == 404
    assert (await asking.world.case(case.id)).replies == ()
    for path in ("x", "0" * 32, case.id.upper()):
        assert (await eves.get(f"/api/request/{path}")).status_code == 404


async def test_a_person_has_so_many_open_requests_here_and_in_their_chats_together(asking: Console) -> None:
    browser = asking.browser()
    await signed_in(browser, ANN)
    await asking.chats.add(TENANT, ANN, case_id="f" * 32, at=asking.world.clock.now())
    for _ in range(MAX_OPEN):
        last = await ask(browser, await browser.get(PAGE))
    assert last.status_code == 422 and "open requests" in last.text
    assert len(await all_cases(asking)) == MAX_OPEN - 1


async def test_a_closed_request_says_how_it_ended_and_no_page_may_be_framed_or_kept(console: Console) -> None:
    console.world.planner.proposals = [Proposal(why="a rule of the house forbids it", refuse=True)]
    browser = console.browser()
    await ask(browser, await signed_in(browser, ANN))
    (case,) = await all_cases(console)
    assert (await console.world.run(case.id)).outcome == "refused"
    page = await browser.get(f"/api/request/{case.id}")
    assert "a rule of the house forbids it" in page.text and "<form" not in page.text and WISH not in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
