"""The whole host: one app, its settings and its triggers, composed and run until told to stop."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from aiohttp import web

from devhost.admin import AdminPages
from devhost.app_settings import apply_settings, is_disabled, read_values, resolve_names
from devhost.crash import Misfortune
from devhost.errors import ListenerError, StartError
from devhost.function import LoadedFunction, load_app
from devhost.host_config import HostConfig, load_host_config
from devhost.http_front import HttpFront, Keys
from devhost.invocation import Invoker
from devhost.ncrontab import parse_schedule
from devhost.production_guard import refuse_production
from devhost.queue_listener import VISIBILITY_SECONDS, QueueListener
from devhost.queue_store import QueueStore
from devhost.schedule_status import StatusFile
from devhost.timer import TimerListener

_DRAIN_SECONDS: Final = 10.0
ADDRESS: Final = "127.0.0.1"
WARNING: Final = "devhost: a development host for one machine; it must not be used in production"

Listener = QueueListener | TimerListener


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says. Folders are absolute; `settings_file` None means the app's own, if there is one."""

    app: Path
    port: int
    settings_file: Path | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)
    visibility_seconds: int = VISIBILITY_SECONDS
    keys: Keys = field(default_factory=Keys)
    easyauth: bool = False
    misfortune: Misfortune = field(default_factory=Misfortune)
    state: Path | None = None


class Host:
    """One app, loaded. Built once per process, because loading changes the environment and the module path."""

    def __init__(self, options: Options) -> None:
        """Apply the settings, refuse production, load the app.

        Raises:
            StartError: a setting, the environment or the storage connection forbids the start.
            AppError: the Functions runtime would refuse the app.
        """
        self._options = options
        refuse_production(os.environ)
        apply_settings(os.environ, _settings(options), overrides=options.overrides)
        refuse_production(os.environ)
        self._config: HostConfig = load_host_config(options.app, os.environ)
        os.chdir(options.app)
        loaded = load_app(options.app)
        self.functions = {f.name: f for f in loaded if not is_disabled(f.name, os.environ)}
        self._store = QueueStore(os.environ, self._config.extensions.queues.message_encoding)
        self._invoker = Invoker(
            environ=os.environ,
            store=self._store,
            misfortune=options.misfortune,
            folder=options.app,
            timeout_seconds=self._config.function_timeout,
        )
        self._listeners: list[Listener] = [*self._queue_listeners(), *self._timer_listeners()]
        self._application = self._web_application()

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT, then finish what is running.

        Raises:
            StartError: the port is taken.
            ListenerError: a listener broke, which ends the host.
        """
        runner = web.AppRunner(
            self._application, access_log=None, handle_signals=False, shutdown_timeout=_DRAIN_SECONDS
        )
        await runner.setup()
        port = await _listen(runner, self._options.port)
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        tasks = [asyncio.create_task(_run_or_end(listener, stopping)) for listener in self._listeners]
        print(json.dumps({"ready": True, "port": port, "functions": list(self.functions)}), flush=True)
        await stopping.wait()
        for listener in self._listeners:
            listener.stop()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        await runner.cleanup()
        await self._store.close()
        self._invoker.pool.shutdown(wait=False)
        for broken in (result for result in results if isinstance(result, BaseException)):
            raise broken

    def _of_type(self, trigger: str) -> list[LoadedFunction]:
        return [function for function in self.functions.values() if function.trigger.type == trigger]

    def _queue_listeners(self) -> list[QueueListener]:
        listeners = []
        for function in self._of_type("queueTrigger"):
            name = function.trigger.queue_name(os.environ)
            # Asking for the client now makes a bad connection a refusal to start, not an error at the first poll.
            self._store.client(function.trigger.connection, name)
            listener = QueueListener(
                function=function,
                queue_name=name,
                config=self._config.extensions.queues,
                store=self._store,
                invoker=self._invoker,
                misfortune=self._options.misfortune,
                visibility_seconds=self._options.visibility_seconds,
            )
            listeners.append(listener)
        return listeners

    def _timer_listeners(self) -> list[TimerListener]:
        state = self._options.state or self._options.app / ".remit" / "devhost"
        return [
            TimerListener(
                function=function,
                schedule=parse_schedule(resolve_names(str(function.trigger.fields["schedule"]), os.environ)),
                status_file=StatusFile(state, function.name),
                invoker=self._invoker,
            )
            for function in self._of_type("timerTrigger")
        ]

    def _web_application(self) -> web.Application:
        http = self._config.extensions.http
        front = HttpFront(
            {function.name: function for function in self._of_type("httpTrigger")},
            self._invoker,
            prefix=http.route_prefix,
            keys=self._options.keys,
            easyauth=self._options.easyauth,
        )
        application = web.Application(client_max_size=http.max_request_body_size)
        application.add_routes(AdminPages(self.functions, self._invoker, self._options.keys).routes())
        application.router.add_route("*", "/{path:.*}", front.handle)
        return application


def serve(options: Options) -> None:
    """Warn, load and run; returns after a clean stop.

    Raises:
        StartError: see Host.
        AppError: see Host.
    """
    print(WARNING, file=sys.stderr, flush=True)
    asyncio.run(Host(options).run())


def _settings(options: Options) -> dict[str, str]:
    file = options.settings_file or options.app / "local.settings.json"
    if options.settings_file is None and not file.exists():
        return {}
    return read_values(file)


async def _listen(runner: web.AppRunner, port: int) -> int:
    try:
        await web.TCPSite(runner, ADDRESS, port).start()
    except OSError as problem:
        await runner.cleanup()
        raise StartError(f"port {port} on {ADDRESS} cannot be used: {problem.strerror}") from problem
    return int(runner.addresses[0][1])


async def _run_or_end(listener: Listener, stopping: asyncio.Event) -> None:
    try:
        await listener.run()
    except Exception as problem:
        # INVARIANT: a listener that broke ends the host; a host that quietly stopped listening would hide lost work.
        stopping.set()
        raise ListenerError(f"the listener of `{listener.function.name}` broke: {type(problem).__name__}") from problem
