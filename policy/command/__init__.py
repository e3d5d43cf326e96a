"""The command line of policy: reads files and storage, asks the pure package, and prints tables or JSON.

It stands on the top floor: nothing of `policy` imports it, and the function app does not load it.
"""
