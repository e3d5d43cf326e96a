"""What shows cards and pages and takes pictures: npm packages with a Chromium, installed below `.remit`, no download.

Playwright would fetch a browser from its own servers; the package `@sparticuz/chromium` brings one with the libraries
that it needs, so neither root nor a distribution's packages are needed.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from devhost.errors import ToolError
from devhost.node import Node, node_of_wheel, node_on_path, run_installer

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PACKAGES = HERE / "package.json"
# Playwright's least (`engines` in its package.json).
_MINIMUM_MAJOR = 20
_SECONDS = 180

Json = dict[str, Any]


def ensure_tools(root: Path = ROOT / ".remit") -> Path:
    """Return the folder with the packages, installing them into `root/cards` at the first use or another version.

    Raises:
        ToolError: Node.js, npm or the packages cannot be had.
    """
    folder = root / "cards"
    wanted = PACKAGES.read_bytes()
    if (folder / "package.json").exists() and (folder / "package.json").read_bytes() == wanted:
        return folder
    # Installed beside and then moved, so that an interrupted installation is never taken for a whole one.
    partial = root / f"cards.partial-{os.getpid()}"
    partial.mkdir(parents=True, exist_ok=True)
    try:
        (partial / "package.json").write_bytes(wanted)
        options = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock", "--loglevel=error"]
        command = [*_node(root).npm, "install", "--prefix", str(partial), *options]
        run_installer(command, "npm could not install what takes pictures of cards")
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def render(
    cards: dict[str, Json], *, widths: tuple[int, ...], scale: float = 1, pictures: Path | None = None
) -> list[Json]:
    """Return what the library made of each card at each width (px); with `pictures` they are put there as PNG.

    Raises:
        ToolError: the tools cannot be had, or the browser failed.
    """
    asked = {"cards": cards, "widths": widths, "scale": scale, "pictures": str(pictures or "")}
    return list(_run("render.mjs", asked))


def show(
    pages: dict[str, Json], *, widths: tuple[int, ...], scale: float = 1, pictures: Path | None = None
) -> list[Json]:
    """Return what a browser makes of each page, a `{"body": ..., "headers": ...}`, at each width (px), as `render`.

    Raises:
        ToolError: as `render`.
    """
    asked = {"pages": pages, "widths": widths, "scale": scale, "pictures": str(pictures or "")}
    return list(_run("pages.mjs", asked))


def command_of(script: str) -> tuple[list[str], dict[str, str]]:
    """Return the command that runs a script of this folder, and its surroundings.

    Raises:
        ToolError: the tools cannot be had.
    """
    tools = ensure_tools()
    return [*_node(tools.parent).node, str(HERE / script)], _environment(tools)


def _run(script: str, asked: Json) -> Any:
    command, surroundings = command_of(script)
    done = subprocess.run(
        command,
        input=json.dumps(asked),
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise ToolError(f"nothing could be rendered: {done.stderr.strip()[-600:] or 'no word of why'}")
    return json.loads(done.stdout)


def problems(told: list[Json]) -> list[str]:
    """Return what is wrong with rendered cards, a sentence each."""
    found = []
    for one in told:
        where = f"card `{one['name']}` at {one['width']} px"
        found += [f"{where}: the parser says: {event}" for event in one["events"]]
        found += [f"{where}: wider than the card: {text!r}" for text in one["wide"]]
        found += [f"{where}: asked the network for {address}" for address in one["refused"]]
        found += [f"{where}: {one['foreign']} links, images or headings"] if one["foreign"] else []
        found += [] if one["fonts"] else [f"{where}: no fonts, so nothing could be measured"]
    return found


def page_problems(told: list[Json]) -> list[str]:
    """Return what is wrong with pages, a sentence each."""
    found = []
    for one in told:
        where = f"page `{one['name']}` at {one['width']} px"
        found += [f"{where}: the console says: {said}" for said in one["said"]]
        found += [f"{where}: against its own policy: {what}" for what in one["broken"]]
        found += [f"{where}: asked the network for {address}" for address in one["refused"]]
        found += [f"{where}: wider than the window: {text!r}" for text in one["wide"][:3]]
        found += [f"{where}: a button too low for a finger: {text}" for text in one["low"]]
        found += [] if one["styled"] else [f"{where}: without its style or fonts, so nothing could be measured"]
    return found


def _node(root: Path) -> Node:
    found = node_on_path()
    if found is not None:
        answer = subprocess.run([*found.node, "--version"], capture_output=True, text=True, check=True)
        if int(answer.stdout.removeprefix("v").partition(".")[0]) >= _MINIMUM_MAJOR:
            return found
    return node_of_wheel(root)


def _environment(tools: Path) -> dict[str, str]:
    """Return the surroundings of the browser: it unpacks below the tools, with its own libraries and fonts."""
    unpacked = tools / "unpacked"
    unpacked.mkdir(exist_ok=True)
    fonts = tools / "fonts.conf"
    folders = f"<dir>{unpacked}/fonts/fonts</dir><cachedir>{unpacked}/font-cache</cachedir>"
    fonts.write_text(f'<?xml version="1.0"?><fontconfig>{folders}</fontconfig>\n', encoding="utf-8")
    own = {"TMPDIR": str(unpacked), "FONTCONFIG_FILE": str(fonts), "CARD_TOOLS": str(tools)}
    # The package lays its libraries beside the browser only where it believes to be in such a function.
    return {**os.environ, **own, "AWS_LAMBDA_JS_RUNTIME": "nodejs22.x"}
