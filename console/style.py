"""The pages' one style sheet and the response headers that allow it and nothing else."""

import base64
import hashlib

STYLE = """
:root { color-scheme: light dark; --ink: #1d2129; --soft: #5a6270; --paper: #ffffff; --card: #f4f5f7;
  --line: #d4d8de; --good: #17683a; --bad: #a3202c; --wait: #7a4b00; --link: #1f4fa8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #a5adba; --paper: #16181d; --card: #20242b;
  --line: #3a404a; --good: #6fcf97; --bad: #ff8a8f; --wait: #f2c069; --link: #9cbcff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
a { color: var(--link); } code, pre { font: 0.9rem/1.4 ui-monospace, monospace; } pre { white-space: pre-wrap; }
section, article { background: var(--card); border: 1px solid var(--line); border-radius: 0.5rem;
  padding: 0.75rem 1rem; margin: 0.75rem 0; }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: 0.25rem 1rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.75rem 0.35rem 0;
  border-bottom: 1px solid var(--line); }
ol.stages { display: flex; flex-wrap: wrap; gap: 0.5rem; list-style: none; padding: 0; }
ol.stages li { border: 1px solid var(--line); border-radius: 1rem; padding: 0.15rem 0.75rem; color: var(--soft); }
ol.stages li.done { color: var(--good); border-color: currentColor; }
ol.stages li.now { color: var(--ink); border-color: currentColor; font-weight: 700; }
ol.log { padding-left: 0; list-style: none; }
ol.log li { border-left: 3px solid var(--line); padding: 0 0 0.6rem 0.75rem; }
time, .soft { color: var(--soft); font-size: 0.85rem; }
.good { color: var(--good); } .bad { color: var(--bad); } .wait { color: var(--wait); }
label { display: block; } textarea, input { font: inherit; width: 100%; padding: 0.5rem; color: inherit;
  background: var(--paper); border: 1px solid var(--soft); border-radius: 0.25rem; }
button, a.button { display: inline-block; font: inherit; font-weight: 700; min-height: 2.75rem; padding: 0.5rem 1.25rem;
  margin: 0.25rem 0.5rem 0.25rem 0; color: var(--link); background: var(--card); border: 2px solid currentColor;
  border-radius: 0.5rem; text-decoration: none; cursor: pointer; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: 0.4rem; } }
"""


def page_headers() -> dict[str, str]:
    """Return the headers every page is answered with: only our style sheet, no script, no form, no frame, no cache."""
    return _headers(form_action="'none'", referrer="no-referrer")


def form_page_headers() -> dict[str, str]:
    """Return the headers of a page with a form that is sent to our own origin.

    Its referrer policy is another: under `no-referrer` browsers say `Origin: null` with a form, so that it could not be
    told from one of a foreign page (Fetch standard, "append a request `Origin` header").
    """
    return _headers(form_action="'self'", referrer="same-origin")


def _headers(*, form_action: str, referrer: str) -> dict[str, str]:
    style_hash = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{style_hash}'; "
        f"base-uri 'none'; form-action {form_action}; frame-ancestors 'none'"
    )
    return {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": referrer,
        "cross-origin-opener-policy": "same-origin",
        "cache-control": "no-store",
    }
