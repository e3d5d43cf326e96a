"""The part of the control site that plays the people in Slack, and says what is wrong with their accounts."""

from typing import Any

from aiohttp import web
from pydantic import Field

from simulator.cloud import Cloud
from simulator.control.requests import Body, read
from simulator.directory import Directory
from simulator.slack.delivery import Tamper, deliver, message_event
from simulator.slack.workspace import person_in, user_of


class Settings(Body):
    """The app's secrets, and where its events go. A secret that is left out stays as it is."""

    token: str | None = Field(default=None, min_length=8)
    signing_secret: str | None = Field(default=None, min_length=16)
    endpoint: str | None = None


class AccountChange(Body):
    """What an account of a person says differently: fields of Slack's user object, and `email` of its profile."""

    user: str
    changes: dict[str, Any]


class Typed(Body):
    """`user` types `text` to the app.

    `changes` are put into the event, so that it is another kind of message. With `ts` it is a message that was sent
    before, which Slack sends again under the number `retry`.
    """

    user: str
    text: str
    event_id: str | None = None
    ts: str | None = None
    retry: int = Field(default=0, ge=0, le=3)
    changes: dict[str, Any] = {}
    tamper: Tamper | None = None


def routes(cloud: Cloud) -> list[web.RouteDef]:
    """The routes under `/slack`."""

    async def settings(request: web.Request) -> web.Response:
        wanted, slack = await read(request, Settings), cloud.slack
        slack.token = wanted.token or slack.token
        slack.signing_secret = wanted.signing_secret or slack.signing_secret
        slack.endpoint = wanted.endpoint or slack.endpoint
        return web.Response(status=204)

    async def account(request: web.Request) -> web.Response:
        wanted = await read(request, AccountChange)
        cloud.slack.change(user_of(person_in(_directory(cloud), wanted.user)), wanted.changes)
        return web.Response(status=204)

    async def say(request: web.Request) -> web.Response:
        return await _say(cloud, await read(request, Typed))

    async def messages(request: web.Request) -> web.Response:
        user = user_of(person_in(_directory(cloud), request.match_info["user"]))
        return web.json_response({"messages": cloud.slack.messages_of(user)})

    return [
        web.post("/slack", settings),
        web.post("/slack/accounts", account),
        web.post("/slack/say", say),
        web.get("/slack/{user}/messages", messages),
    ]


async def _say(cloud: Cloud, wanted: Typed) -> web.Response:
    user = user_of(person_in(_directory(cloud), wanted.user))
    known = next((one for one in cloud.slack.messages_of(user) if one["ts"] == wanted.ts), None)
    message = known or cloud.slack.say(user, wanted.text, sender=user)
    event = message_event(cloud, message, event_id=wanted.event_id or f"Ev{cloud.ids.guid().replace('-', '')[:10]}")
    event["event"] |= wanted.changes
    outcome = await deliver(cloud, event, tamper=wanted.tamper, retry=wanted.retry)
    return web.json_response({"status": outcome.status, "body": outcome.body, "ts": message["ts"]})


def _directory(cloud: Cloud) -> Directory:
    return cloud.tenants[cloud.home_tenant_id].directory
