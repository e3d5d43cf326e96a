"""A small function app whose functions show what the host did to them, by writing lines into a journal file."""

import asyncio
import json
import os
import threading
import time
from pathlib import Path
from typing import Any, List  # noqa: UP035  # The runtime refuses `Out[list[str]]`.

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
STORAGE = "AzureWebJobsStorage"


def note(event: str, **facts: Any) -> None:
    """Append one line to the journal, if the test asked for one."""
    path = os.environ.get("SAMPLE_JOURNAL")
    if path:
        line = json.dumps({"event": event, "at": time.time(), "pid": os.getpid(), **facts})
        with Path(path).open("a", encoding="utf-8") as journal:
            journal.write(line + "\n")


@app.route(route="echo/{name?}")
async def echo(req: func.HttpRequest) -> func.HttpResponse:
    """Answer with what arrived."""
    seen = {
        "method": req.method,
        "url": req.url,
        "headers": dict(req.headers),
        "params": dict(req.params),
        "route": dict(req.route_params),
        "body": req.get_body().decode("utf-8"),
    }
    return func.HttpResponse(json.dumps(seen), mimetype="application/json", status_code=200)


@app.route(route="items/{id:int}", methods=["POST"])
async def item(req: func.HttpRequest) -> str:
    """Answer with text."""
    return f"item {req.route_params['id']}"


@app.route(route="keyed", auth_level=func.AuthLevel.FUNCTION)
async def keyed(req: func.HttpRequest) -> str:
    """Need any key."""
    return "keyed"


@app.route(route="master", auth_level=func.AuthLevel.ADMIN)
async def master(req: func.HttpRequest) -> str:
    """Need the master key."""
    return "master"


@app.route(route="boom")
async def boom(req: func.HttpRequest) -> func.HttpResponse:
    """Fail."""
    raise RuntimeError("a secret detail")


@app.route(route="silent")
async def silent(req: func.HttpRequest) -> func.HttpResponse:
    """Return nothing although a response is due."""
    return None  # type: ignore[return-value]


@app.route(route="cookies")
async def cookies(req: func.HttpRequest) -> func.HttpResponse:
    """Set one cookie and a status."""
    return func.HttpResponse("made", status_code=201, headers={"Set-Cookie": "a=1; Path=/; HttpOnly", "X-Own": "yes"})


@app.route(route="thread")
def thread(req: func.HttpRequest, context: func.Context) -> str:
    """Tell which thread a sync function runs in."""
    time.sleep(0.05)
    return json.dumps({"thread": threading.current_thread().name, "function": context.function_name})


@app.route(route="z/{anything}")
async def a_first(req: func.HttpRequest) -> str:
    """Compete with `b_second` for the same paths; its name comes first."""
    return "a_first"


@app.route(route="z/exact")
async def b_second(req: func.HttpRequest) -> str:
    """Have the more specific route, and lose."""
    return "b_second"


@app.route(route="files/{*rest}")
async def files(req: func.HttpRequest) -> str:
    """Catch all."""
    return req.route_params.get("rest", "nothing")


@app.route(route="send", methods=["POST"])
@app.queue_output(arg_name="one", queue_name="%PREFIX%sent-one", connection=STORAGE)
@app.queue_output(arg_name="many", queue_name="%PREFIX%sent-many", connection=STORAGE)
async def send(req: func.HttpRequest, one: func.Out[str], many: func.Out[List[str]]) -> func.HttpResponse:  # noqa: UP006
    """Send what the body says: {"one": text, "many": [texts], "fail": bool}."""
    body = req.get_json()
    if "one" in body:
        one.set(body["one"])
    if "many" in body:
        many.set(body["many"])
    if body.get("fail"):
        raise RuntimeError("after setting the outputs")
    return func.HttpResponse(status_code=202)


@app.route(route="to-work", methods=["POST"])
@app.queue_output(arg_name="out", queue_name="%PREFIX%work", connection=STORAGE)
async def to_work(req: func.HttpRequest, out: func.Out[str]) -> func.HttpResponse:
    """Put the body into the queue that `work` listens to."""
    out.set(req.get_body().decode("utf-8"))
    return func.HttpResponse(status_code=202)


@app.queue_trigger(arg_name="msg", queue_name="%PREFIX%work", connection=STORAGE)
async def work(msg: func.QueueMessage) -> None:
    """Do what the body says: sleep for `seconds`, fail while `fails` is at least the count, and note it all."""
    text = msg.get_body().decode("utf-8")
    body = json.loads(text) if text.startswith("{") else {}
    hidden_until = msg.time_next_visible.isoformat() if msg.time_next_visible else None
    note("work", text=text, id=msg.id, count=msg.dequeue_count, name=body.get("name"), hidden_until=hidden_until)
    await asyncio.sleep(body.get("seconds", 0))
    if body.get("fail"):
        raise RuntimeError("asked to fail")
    note("work-done", name=body.get("name"))


@app.queue_trigger(arg_name="msg", queue_name="%PREFIX%chain", connection=STORAGE)
@app.queue_output(arg_name="$return", queue_name="%PREFIX%chained", connection=STORAGE)
async def chain(msg: func.QueueMessage) -> str:
    """Pass the text on by the return value."""
    note("chain", text=msg.get_body().decode("utf-8"))
    return msg.get_body().decode("utf-8") + "!"


@app.queue_trigger(arg_name="msg", queue_name="%PREFIX%returns", connection=STORAGE)
async def returns(msg: func.QueueMessage) -> str:
    """Return something without a binding for it, which the worker counts as a failure."""
    note("returns", text=msg.get_body().decode("utf-8"), count=msg.dequeue_count)
    return "not allowed"


@app.timer_trigger(arg_name="timer", schedule="%TICK_SCHEDULE%", run_on_startup=False)
async def tick(timer: func.TimerRequest) -> None:
    """Note each run."""
    note("tick", past_due=timer.past_due, status=timer.schedule_status)


@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *", run_on_startup=True)
async def startup(timer: func.TimerRequest) -> None:
    """Run when the host starts."""
    note("startup", past_due=timer.past_due)
