"""The triggers of the function app: one HTTP, queue or timer binding each, one call each, no business."""

import logging
import os

import azure.functions as func

from agent.settings import read_settings
from agent.wiring import Stack
from console.approval_front import answer_front, approval_front
from console.front import Page, case_front, cases_front
from console.memory_front import memory_front
from console.request_front import (
    answer_question_front,
    file_front,
    request_front,
    requests_front,
    sign_in_for_requests,
)
from console.sign_in_front import begin_sign_in, finish_sign_in

# The worker logs from the root at INFO; the SDKs would write every request and its headers there.
logging.getLogger("azure").setLevel(logging.WARNING)
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("msal").setLevel(logging.WARNING)

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
stack = Stack(read_settings(os.environ))


@app.route(route="hooks/{source}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def intake(req: func.HttpRequest) -> func.HttpResponse:
    """A ticket system's signed webhook; the signature is the authentication."""
    reply = await (await stack.intake()).receive(req.route_params["source"], req.headers, body=req.get_body())
    return func.HttpResponse(reply.text, status_code=reply.status, mimetype="application/json")


@app.route(route="slack/{team}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def slack(req: func.HttpRequest) -> func.HttpResponse:
    """Slack's events; the signature is the authentication."""
    reply = await (await stack.slack()).receive(req.route_params["team"], req.headers, body=req.get_body())
    return func.HttpResponse(reply.text, status_code=reply.status, mimetype="application/json")


@app.route(route="messages", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def messages(req: func.HttpRequest) -> func.HttpResponse:
    """The bot connector's activities; its token is the authentication."""
    reply = await (await stack.callback()).receive(req.headers.get("authorization", ""), req.get_body())
    return func.HttpResponse(reply.text, status_code=reply.status, mimetype="application/json")


@app.route(route="cases", methods=["GET"])
async def cases(req: func.HttpRequest) -> func.HttpResponse:
    """The newest cases, as a page or as JSON."""
    key = req.params.get("code", "")
    page = await cases_front(await stack.store(), accept=req.headers.get("accept", ""), key=key)
    return _answer(page)


@app.route(route="cases/{case_id}", methods=["GET"])
async def case(req: func.HttpRequest) -> func.HttpResponse:
    """One case with its activity log, as a page or as JSON."""
    case_id, key = req.route_params["case_id"], req.params.get("code", "")
    page = await case_front(await stack.store(), case_id, accept=req.headers.get("accept", ""), key=key)
    return _answer(page)


@app.route(route="approvals/{approval_id}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def approval(req: func.HttpRequest) -> func.HttpResponse:
    """One approval's page; a fresh sign-in is the authentication."""
    approval_id, cookie = req.route_params["approval_id"], req.headers.get("cookie", "")
    return _answer(await approval_front(await stack.approval_desk(), approval_id, cookie=cookie))


@app.route(route="approvals/{approval_id}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def approval_answer(req: func.HttpRequest) -> func.HttpResponse:
    """The answer in that page's form."""
    approval_id, headers = req.route_params["approval_id"], {name.lower(): one for name, one in req.headers.items()}
    page = await answer_front(await stack.approval_desk(), approval_id, headers=headers, body=req.get_body())
    return _answer(page)


@app.route(route="approvals/{approval_id}/sign-in", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def sign_in_begin(req: func.HttpRequest) -> func.HttpResponse:
    """The way to Entra ID."""
    return _answer(await begin_sign_in(await stack.approval_desk(), req.route_params["approval_id"]))


@app.route(route="requests", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def requests(req: func.HttpRequest) -> func.HttpResponse:
    """The form for a request and the open ones; a fresh sign-in is the authentication."""
    tenant, cookie = req.params.get("tenant", ""), req.headers.get("cookie", "")
    desk, filing = await stack.approval_desk(), await stack.request_desk()
    return _answer(await requests_front(desk, filing, tenant=tenant, cookie=cookie))


@app.route(route="requests", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def request_filed(req: func.HttpRequest) -> func.HttpResponse:
    """The request in that page's form."""
    tenant, headers = req.params.get("tenant", ""), {name.lower(): one for name, one in req.headers.items()}
    desk, filing = await stack.approval_desk(), await stack.request_desk()
    return _answer(await file_front(desk, filing, tenant=tenant, headers=headers, body=req.get_body()))


@app.route(route="requests/sign-in", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def requests_sign_in(req: func.HttpRequest) -> func.HttpResponse:
    """The way to Entra ID for whoever wants to ask for something."""
    return _answer(await sign_in_for_requests(await stack.approval_desk(), tenant=req.params.get("tenant", "")))


@app.route(route="request/{case_id}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def request(req: func.HttpRequest) -> func.HttpResponse:
    """How a request stands, for its own requester."""
    case_id, cookie = req.route_params["case_id"], req.headers.get("cookie", "")
    desk, filing = await stack.approval_desk(), await stack.request_desk()
    return _answer(await request_front(desk, filing, case_id=case_id, cookie=cookie))


@app.route(route="request/{case_id}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def request_answer(req: func.HttpRequest) -> func.HttpResponse:
    """The answer to the question of a request."""
    case_id, headers = req.route_params["case_id"], {name.lower(): one for name, one in req.headers.items()}
    desk, filing = await stack.approval_desk(), await stack.request_desk()
    return _answer(await answer_question_front(desk, filing, case_id=case_id, headers=headers, body=req.get_body()))


@app.route(route="sign-in", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def sign_in_end(req: func.HttpRequest) -> func.HttpResponse:
    """The way back from it, with a code that Entra made for this browser."""
    page = await finish_sign_in(await stack.approval_desk(), req.get_body(), cookie=req.headers.get("cookie", ""))
    return _answer(page)


@app.route(route="controls", methods=["GET"])
async def controls(req: func.HttpRequest) -> func.HttpResponse:
    """What is paused or stopped, by whom and why."""
    reply = await (await stack.steering()).state()
    return func.HttpResponse(reply.text, status_code=reply.status, mimetype="application/json")


@app.route(route="control", methods=["POST"])
async def control(req: func.HttpRequest) -> func.HttpResponse:
    """Somebody's order to pause, resume, modify or stop."""
    reply = await (await stack.steering()).receive(req.get_body())
    return func.HttpResponse(reply.text, status_code=reply.status, mimetype="application/json")


@app.route(route="grants", methods=["GET"])
async def grants(req: func.HttpRequest) -> func.HttpResponse:
    """The standing grants of every tenant, and how they stand."""
    reply = await (await stack.grant_desk()).listed()
    return func.HttpResponse(reply.text, status_code=reply.status, mimetype="application/json")


@app.route(route="grants/proposals", methods=["GET"])
async def proposals(req: func.HttpRequest) -> func.HttpResponse:
    """What people approved again and again, of which grants are proposed."""
    reply = await (await stack.grant_desk()).proposals()
    return func.HttpResponse(reply.text, status_code=reply.status, mimetype="application/json")


@app.route(route="grant", methods=["POST"])
async def grant(req: func.HttpRequest) -> func.HttpResponse:
    """Somebody's order to revoke or suspend a standing grant."""
    reply = await (await stack.grant_desk()).receive(req.get_body())
    return func.HttpResponse(reply.text, status_code=reply.status, mimetype="application/json")


@app.route(route="memory", methods=["GET"])
async def memory(req: func.HttpRequest) -> func.HttpResponse:
    """What the words of every tenant's people meant, as a page or as JSON."""
    return _answer(await memory_front(await stack.memory_desk(), accept=req.headers.get("accept", "")))


@app.route(route="memory/forget", methods=["POST"])
async def forget(req: func.HttpRequest) -> func.HttpResponse:
    """Somebody's order to forget what words meant."""
    reply = await (await stack.memory_desk()).forget(req.get_body())
    return func.HttpResponse(reply.text, status_code=reply.status, mimetype="application/json")


@app.queue_trigger(arg_name="msg", queue_name="investigate", connection="AzureWebJobsStorage")
async def investigate(msg: func.QueueMessage) -> None:
    """Read-only look-ups."""
    await stack.advance("investigate", msg.get_body())


@app.queue_trigger(arg_name="msg", queue_name="plan", connection="AzureWebJobsStorage")
async def plan(msg: func.QueueMessage) -> None:
    """The planner's next proposal."""
    await stack.advance("plan", msg.get_body())


@app.queue_trigger(arg_name="msg", queue_name="clarify", connection="AzureWebJobsStorage")
async def clarify(msg: func.QueueMessage) -> None:
    """The requester is asked back; the reply comes in through `messages`."""
    await stack.advance("clarify", msg.get_body())


@app.queue_trigger(arg_name="msg", queue_name="authorize", connection="AzureWebJobsStorage")
async def authorize(msg: func.QueueMessage) -> None:
    """Policy decides every step."""
    await stack.advance("authorize", msg.get_body())


@app.queue_trigger(arg_name="msg", queue_name="approve", connection="AzureWebJobsStorage")
async def approve(msg: func.QueueMessage) -> None:
    """People are asked; their answers come in through `messages`."""
    await stack.advance("approve", msg.get_body())


@app.queue_trigger(arg_name="msg", queue_name="execute", connection="AzureWebJobsStorage")
async def execute(msg: func.QueueMessage) -> None:
    """One permitted write."""
    await stack.advance("execute", msg.get_body())


@app.queue_trigger(arg_name="msg", queue_name="verify", connection="AzureWebJobsStorage")
async def verify(msg: func.QueueMessage) -> None:
    """The write is read back."""
    await stack.advance("verify", msg.get_body())


@app.queue_trigger(arg_name="msg", queue_name="rollback", connection="AzureWebJobsStorage")
async def rollback(msg: func.QueueMessage) -> None:
    """One permitted undo."""
    await stack.advance("rollback", msg.get_body())


@app.queue_trigger(arg_name="msg", queue_name="escalate", connection="AzureWebJobsStorage")
async def escalate(msg: func.QueueMessage) -> None:
    """People take over, with everything they need."""
    await stack.advance("escalate", msg.get_body())


@app.queue_trigger(arg_name="msg", queue_name="close", connection="AzureWebJobsStorage")
async def close(msg: func.QueueMessage) -> None:
    """The outcome is told and the working data erased."""
    await stack.advance("close", msg.get_body())


@app.timer_trigger(arg_name="timer", schedule="*/30 * * * * *", run_on_startup=False)
async def sweep(timer: func.TimerRequest) -> None:
    """What a crash, a lost message or an expired question left behind, what the host gave up, and alerts untold."""
    await stack.sweep()


@app.timer_trigger(arg_name="timer", schedule="0 */5 * * * *", run_on_startup=False)
async def checkpoint(timer: func.TimerRequest) -> None:
    """The log is sealed: what every case grew by since the last checkpoint, under one signature a tenant."""
    await stack.checkpoint()


def _answer(page: Page) -> func.HttpResponse:
    answer = func.HttpResponse(page.body, status_code=page.status, headers=dict(page.headers))
    for cookie in page.cookies:
        answer.headers.add("Set-Cookie", cookie)
    return answer
