"""One module for each engine that is measured; it imports only its engine, because it runs in that one's environment.

Each has the same five functions. Only `load` and `decide` are timed.

- `source(work)`: what is loaded, made from the work file that `bench.policy.work` describes
- `load(source)`: the engine, ready to decide
- `question(request)`: a request in the engine's own form
- `decide(engine, question)`: the engine's answer, with the rules that decided where the engine tells them
- `verdict(answer)`: `DENY`, `APPROVAL` or `ALLOW`, or `PERMITTED` from an engine that cannot tell the last two apart
"""
