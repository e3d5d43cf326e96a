"""Nobody sees an approval before a fresh sign-in in the very browser that began it."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from agent.channels.own_pages import OwnPages
from console.sign_in_cookies import tag_of
from simulator.faults import FaultRule
from tests.agent.world import ANN_UPN, BOB, EVE, GUEST, TENANT
from tests.console.desk import ELSEWHERE, OTHER_TENANT, OURS, UNKNOWN, Console
from tests.console.test_approval_answers import change

STARTED_HERE = "was not begun in this browser"
NOT_FRESH = "did not confirm a fresh sign-in"


@pytest.fixture
async def asked(console: Console) -> Console:
    await console.ask()
    return console


def is_question(page: httpx.Response) -> bool:
    return page.status_code == 200 and "<h1>Approval needed</h1>" in page.text


def is_before_sign_in(page: httpx.Response) -> bool:
    return page.status_code == 200 and "/sign-in'>Sign in</a>" in page.text and "<form" not in page.text


async def test_before_the_sign_in_every_id_has_the_same_page_and_storage_is_not_asked(
    asked: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    monkeypatch.setattr(asked.world.store, "load", loaded.append)
    browser = asked.browser()
    real, none = await browser.open(), await browser.open(UNKNOWN)
    assert is_before_sign_in(real) and not loaded
    assert real.text.replace(asked.approval_id, UNKNOWN) == none.text and real.headers == none.headers
    assert ANN_UPN not in real.text and "group" not in real.text


async def test_an_address_that_is_no_approvals_leads_nowhere(asked: Console) -> None:
    browser = asked.browser()
    for path in ("x", f"{asked.approval_id}x", asked.approval_id.upper(), "%3Cscript%3E", f"{'f' * 32}-"):
        page = await browser.get(f"/api/approvals/{path}")
        assert page.status_code == 404 and "<a" not in page.text and f"{path}<" not in page.text
        assert (await browser.get(f"/api/approvals/{path}/sign-in")).status_code == 404


async def test_whoever_was_asked_signs_in_and_sees_the_plan(asked: Console) -> None:
    browser = asked.browser()
    page = await browser.sign_in(BOB)
    assert is_question(page) and str(page.url) == f"{OURS}/api/approvals/{asked.approval_id}"
    assert is_question(await browser.open()) and is_before_sign_in(await asked.browser().open())


async def test_the_address_asks_entra_for_a_fresh_proof_and_tells_it_nothing_of_the_case(asked: Console) -> None:
    path = f"{OURS}/api/approvals/{asked.approval_id}/sign-in"
    begun = await asked.browser().client.get(path, follow_redirects=False)
    asks = httpx.URL(begun.headers["location"]).params
    assert (asks["prompt"], asks["max_age"], asks["response_mode"]) == ("login", "300", "form_post")
    assert asks["code_challenge_method"] == "S256" and "auth_time" in asks["claims"]
    assert "offline_access" not in asks["scope"] and asked.approval_id not in str(asks)


async def test_cookies_are_for_our_host_only_and_end_by_themselves(asked: Console) -> None:
    browser = asked.browser()
    begun = await browser.client.get(f"{OURS}/api/approvals/{asked.approval_id}/sign-in", follow_redirects=False)
    flow = begun.headers.get_list("set-cookie")
    form = await browser.at_entra(BOB)
    back = await browser.client.post(f"{OURS}/api/sign-in", data=form, follow_redirects=False)
    session, token, spent = back.headers.get_list("set-cookie")
    for cookie, site in ((flow[0], "None"), (session, "Lax"), (token, "Lax")):
        assert cookie.startswith("__Host-remit-")
        assert cookie.endswith(f"; Path=/; Secure; HttpOnly; SameSite={site}; Max-Age=600") and len(cookie) < 4096
        assert asked.approval_id not in cookie and BOB not in cookie
    assert spent.split("=")[0] == flow[0].split("=")[0] and spent.endswith("Max-Age=0")
    assert back.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "written", ["https://Remit.Example", "https://remit.example:443/", "https://REMIT.example:443"]
)
async def test_an_answer_is_taken_however_the_operator_wrote_our_address(asked: Console, written: str) -> None:
    """Browsers name an origin in small letters and without the usual port."""
    asked.desk = replace(asked.desk, pages=OwnPages(written))
    browser = asked.browser()
    page = await browser.sign_in(BOB)
    assert is_question(page) and (await browser.answer(page, "approve")).status_code == 200
    assert [one.approver_id for one in (await asked.case()).approvals] == [BOB]


async def test_a_forged_state_is_no_sign_in(asked: Console) -> None:
    browser = asked.browser()
    form = await browser.at_entra(BOB)
    tag, _, rest = form["state"].partition("-")
    for state in ("", "x", f"{tag}-{'A' * 43}", f"{'0' * 32}-{rest}", f"{form['state']}A"):
        page = await browser.send({**form, "state": state})
        assert page.status_code == 400 and not is_question(await browser.open()), state
    assert is_question(await browser.send(form))


async def test_a_code_that_is_sent_again_signs_nobody_in(asked: Console) -> None:
    browser = asked.browser()
    form = await browser.at_entra(BOB)
    flow = dict(browser.client.cookies)
    assert is_question(await browser.send(form))
    browser.client.cookies.clear()
    assert STARTED_HERE in (await browser.send(form)).text
    # Even with the cookie of the beginning, which the browser has dropped: Entra redeems a code once.
    for name, value in flow.items():
        browser.client.cookies.set(name, value, domain="remit.example")
    assert NOT_FRESH in (await browser.send(form)).text and is_before_sign_in(await browser.open())


async def test_a_sign_in_of_another_browser_is_not_taken_over(asked: Console) -> None:
    """Session fixation: somebody signs in as themselves and has another browser finish it."""
    form = await asked.browser().at_entra(EVE)
    victim = asked.browser()
    assert STARTED_HERE in (await victim.send(form)).text and is_before_sign_in(await victim.open())
    # A browser with a sign-in of its own under way does not take it either, nor its code under its own state.
    own = await victim.at_entra(BOB)
    assert NOT_FRESH in (await victim.send({**own, "code": form["code"]})).text
    assert is_before_sign_in(await victim.open())


async def test_a_cookie_of_one_approval_or_kind_opens_no_other(asked: Console) -> None:
    browser = asked.browser()
    form = await browser.at_entra(BOB)
    (flow,) = dict(browser.client.cookies).items()
    await browser.send(form)
    cookies = dict(browser.client.cookies)
    session = next(name for name in cookies if name.endswith("-session"))
    token = next(name for name in cookies if name.endswith("-token"))
    renamed = {
        f"__Host-remit-{tag_of(UNKNOWN)}-session": (cookies[session], UNKNOWN),
        session: (cookies[token], asked.approval_id),
        f"{session} ": (flow[1], asked.approval_id),
    }
    for name, (value, approval_id) in renamed.items():
        headers = {"cookie": f"{name.strip()}={value}"}
        page = await asked.browser().client.get(f"{OURS}/api/approvals/{approval_id}", headers=headers)
        assert is_before_sign_in(page), name


async def test_who_signs_in_after_somebody_else_is_never_left_with_that_persons_token(
    asked: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two people at one browser: of the second no token is kept, and the first one's must not stand in for it."""
    await change(asked, written_as=("approver-delegated",))
    browser = asked.browser()
    await browser.sign_in(EVE)
    (mine,) = [(name, value) for name, value in dict(browser.client.cookies).items() if name.endswith("-token")]

    async def none(*_: Any, **__: Any) -> str:
        return ""

    monkeypatch.setattr(asked.desk.sign_in, "_own", none)
    page = await browser.sign_in(BOB)
    assert is_question(page) and not [one for one in browser.client.cookies if one.endswith("-token")]
    # Nor if the browser keeps what it was told to drop.
    browser.client.cookies.set(*mine, domain="remit.example")
    await browser.answer(page, "approve")
    assert (await asked.case()).approvals[0].approver_id == BOB and asked.kept.tokens == []


async def test_an_altered_cookie_is_none(asked: Console) -> None:
    browser = asked.browser()
    await browser.sign_in(BOB)
    session = next(name for name in browser.client.cookies if name.endswith("-session"))
    value = browser.client.cookies[session]
    tenant_id, _, sealed = value.partition(".")
    for forged in ("", "x", sealed, f"{tenant_id}.", f"{OTHER_TENANT}.{sealed}", f"{UNKNOWN}.{sealed}", f"{value}A"):
        page = await asked.browser().client.get(
            f"{OURS}/api/approvals/{asked.approval_id}", headers={"cookie": f"{session}={forged}"}
        )
        assert is_before_sign_in(page), forged


async def test_a_sign_in_without_a_fresh_proof_does_not_count(asked: Console) -> None:
    """The address is in the person's hands: without the wish for a fresh proof Entra takes the session it has."""
    browser = asked.browser()
    old = {"sim_signed_in_seconds_ago": "301"}
    assert is_question(await browser.sign_in(BOB, **old))
    for drop in (("prompt", "max_age"), ("prompt", "max_age", "claims")):
        other = asked.browser()
        page = await other.sign_in(BOB, drop=drop, **old)
        assert (page.status_code, NOT_FRESH in page.text) == (401, True)
        assert is_before_sign_in(await other.open())
    assert is_question(await asked.browser().sign_in(BOB, drop=("prompt",), sim_signed_in_seconds_ago="299"))


@pytest.mark.parametrize(("seconds", "shown"), [(599, True), (600, False)])
async def test_a_session_and_a_sign_in_under_way_last_ten_minutes(asked: Console, seconds: int, shown: bool) -> None:
    browser, late = asked.browser(), asked.browser()
    await browser.sign_in(BOB)
    begun = await late.at_entra(BOB)
    asked.world.clock.pass_(seconds)
    assert is_question(await browser.open()) is shown
    assert (STARTED_HERE in (await late.send(begun)).text) is not shown


async def test_a_guest_of_the_tenant_gets_no_session(asked: Console) -> None:
    browser = asked.browser()
    page = await browser.sign_in(GUEST)
    assert page.status_code == 403 and "Guests of a tenant" in page.text and is_before_sign_in(await browser.open())


async def test_a_person_of_another_tenant_sees_nothing_and_gets_in_by_no_detour(asked: Console) -> None:
    browser = asked.browser()
    begun = await browser.client.get(f"{OURS}/api/approvals/{asked.approval_id}/sign-in", follow_redirects=False)
    address = httpx.URL(begun.headers["location"])
    # The sign-in is sent to the tenant of the question; by hand it goes to another one that is served, too.
    assert address.path.startswith(f"/{TENANT}/")
    detour = address.copy_with(path=address.path.replace(TENANT, OTHER_TENANT), params={"sim_user": ELSEWHERE})
    assert (await browser.client.get(detour)).status_code == 400
    whole = str(address).replace(TENANT, OTHER_TENANT) + f"&sim_user={ELSEWHERE}"
    page = await browser.client.get(whole)
    code = page.text.partition('name="code" value="')[2].partition('"')[0]
    state = address.params["state"]
    assert code and NOT_FRESH in (await browser.send({"state": state, "code": code})).text


async def test_somebody_who_cancels_is_not_signed_in(asked: Console) -> None:
    browser = asked.browser()
    page = await browser.sign_in("")
    assert (page.status_code, NOT_FRESH in page.text) == (401, True)
    assert "AADSTS" not in page.text and is_before_sign_in(await browser.open())


@pytest.mark.parametrize("site", ["openid-configuration", "token", "keys"])
async def test_while_entra_does_not_answer_nobody_is_signed_in(asked: Console, site: str) -> None:
    rule: dict[str, Any] = {"site": "entra", "path": f".*{site}.*", "status": 503, "times": 50}
    browser = asked.browser()
    if site == "openid-configuration":
        asked.cloud.faults.add(FaultRule(**rule))
        begun = await browser.get(f"/api/approvals/{asked.approval_id}/sign-in")
        assert begun.status_code == 503
        return
    form = await browser.at_entra(BOB)
    asked.cloud.faults.add(FaultRule(**rule))
    page = await browser.send(form)
    assert page.status_code == 503 and "Try again in a minute" in page.text
    assert is_before_sign_in(await browser.open())
