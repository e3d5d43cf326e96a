"""Who takes a request back in so many words ends it; who says something else besides asks for something."""

import pytest

from agent.channels.utterance import utterance_of


@pytest.mark.parametrize(
    "text",
    [
        "actually forget it, the trip is off",
        "nevermind, found it myself",
        "it's sorted now, thanks",
        "hat sich erledigt, danke",
        "vergiss es",
        "c'est réglé, merci",
        "nada, ya lo he arreglado, gracias",
        "deixa estar, já resolvi",
    ],
)
def test_a_request_is_taken_back_in_so_many_words(text: str) -> None:
    assert utterance_of(text).kind == "cancel"


@pytest.mark.parametrize(
    "text",
    [
        "never mind, add me to Quay-Docs please",
        "forget it, reset the other one",
        "I forgot my password",
        "esqueci a senha",
        "nada",
        "cancel my Visio licence",
        "forget it, can you block my phone instead?",
    ],
)
def test_what_asks_for_something_is_no_taking_back(text: str) -> None:
    assert utterance_of(text).kind != "cancel"
