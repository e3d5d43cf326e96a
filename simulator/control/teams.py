"""The part of the control site that plays the people in Teams: they read, press and type."""

from typing import Any

from aiohttp import web

from simulator.cloud import Cloud
from simulator.connector.activities import (
    CARD,
    Press,
    find_action,
    find_earlier_action,
    login_request,
    pressed,
    replace_card,
    said,
    with_token,
)
from simulator.connector.chats import Message
from simulator.connector.delivery import Outcome, deliver
from simulator.control.requests import Click, Say, TeamsApp, read
from simulator.entra import mint
from simulator.errors import ControlError


def routes(cloud: Cloud) -> list[web.RouteDef]:
    """The routes under `/teams`."""

    async def messages(request: web.Request) -> web.Response:
        tenant, user = cloud.tenant_of_user(request.match_info["user"], request.query.get("tenant"))
        return web.json_response({"messages": cloud.chats.messages_of(tenant.directory.tenant_id, user["id"])})

    async def click(request: web.Request) -> web.Response:
        return _answered(await _click(cloud, await read(request, Click)))

    async def say(request: web.Request) -> web.Response:
        return _answered(await _say(cloud, await read(request, Say)))

    async def app(request: web.Request) -> web.Response:
        wanted = await read(request, TeamsApp)
        _, user = cloud.tenant_of_user(wanted.user, wanted.tenant)
        change = cloud.chats.without_app.discard if wanted.installed else cloud.chats.without_app.add
        change(user["id"])
        return web.Response(status=204)

    return [
        web.get("/teams/{user}/messages", messages),
        web.post("/teams/app", app),
        web.post("/teams/click", click),
        web.post("/teams/say", say),
    ]


def _answered(outcome: Outcome) -> web.Response:
    return web.json_response({"status": outcome.status, "body": outcome.body})


async def _click(cloud: Cloud, wanted: Click) -> Outcome:
    """Press; when the bot answers with a card, that card takes the place of the pressed one."""
    tenant, user = cloud.tenant_of_user(wanted.user, wanted.tenant)
    message = _message(cloud, wanted, tenant_id=tenant.directory.tenant_id, user_id=user["id"])
    conversation = cloud.chats.conversation(message["conversation_id"])
    press = Press(verb=wanted.verb, inputs=wanted.inputs, trigger=wanted.trigger)
    activity = pressed(cloud, conversation, user=user, message=message, press=press)
    outcome = await deliver(cloud, activity, url=wanted.url, tamper=wanted.tamper)
    login = login_request(outcome.body) if outcome.status == 200 else None
    token = _signed_in(cloud, wanted, login=login) if login is not None else None
    if login is not None and token is not None:
        activity = with_token(cloud, activity, login=login, token=token)
        outcome = await deliver(cloud, activity, url=wanted.url, tamper=wanted.tamper)
    answer = outcome.body if isinstance(outcome.body, dict) else {}
    if outcome.status == 200 and answer.get("statusCode") == 200 and answer.get("type") == CARD:
        replace_card(message, answer["value"])
    return outcome


def _signed_in(cloud: Cloud, wanted: Click, *, login: dict[str, Any]) -> str | None:
    """The token that the person's client has for what a bot asks for, or None: then only the button is left."""
    tenant, user = cloud.tenant_of_user(wanted.signs_in_as or wanted.user, wanted.tenant)
    resource = (login.get("tokenExchangeResource") or {}).get("uri")
    app_id = next((one for one in tenant.applications if resource == f"api://{one}"), None)
    if app_id is None or not wanted.signs_in or not user.get("accountEnabled", True):
        return None
    # The one scope that Teams asks for (Teams documentation, "Enable SSO for your tab or bot").
    return mint.user_token(cloud, tenant, app_id=app_id, user=user, lifetime_seconds=3600, scope="access_as_user")


def _message(cloud: Cloud, wanted: Click, *, tenant_id: str, user_id: str) -> Message:
    """The card to press. With an id it may be anybody's: a card can be forwarded, and a bot must not mind."""
    if wanted.activity_id is None:
        theirs = cloud.chats.messages_of(tenant_id, user_id)
        mine = [one for one in theirs if find_action(one, wanted.verb)]
        mine = mine or [one for one in theirs if find_earlier_action(one, wanted.verb)]
        if not mine:
            raise ControlError(404, "NoSuchCard", message=f"expected a card with the verb `{wanted.verb}`")
        return mine[-1]
    for user in cloud.tenants[tenant_id].directory.users:
        for message in cloud.chats.messages_of(tenant_id, user):
            if message["id"] == wanted.activity_id:
                return message
    raise ControlError(
        404, "NoSuchActivity", message=f"expected an activity of that tenant, got `{wanted.activity_id}`"
    )


async def _say(cloud: Cloud, wanted: Say) -> Outcome:
    tenant, user = cloud.tenant_of_user(wanted.user, wanted.tenant)
    tenant_id = tenant.directory.tenant_id
    conversation = cloud.chats.open(tenant_id, user["id"], bot_id=cloud.names.bot_app_id)
    activity = said(cloud, conversation, user=user, text=wanted.text)
    if wanted.activity_id is not None:
        activity["id"] = wanted.activity_id
    if not any(one["activity"].get("id") == activity["id"] for one in conversation["messages"]):
        cloud.chats.post(conversation, activity, sender=user["id"])
    return await deliver(cloud, activity, url=wanted.url, tamper=wanted.tamper)
