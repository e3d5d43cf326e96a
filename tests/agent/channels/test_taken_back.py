"""Who takes a request back in so many words ends it; who says something else besides asks for something."""

import pytest

from agent.channels.utterance import utterance_of


@pytest.mark.parametrize(
    "text",
    [
        "actually forget it, the trip is off",
        "never mind, i found it, thanks",
        "nevermind, found it myself, thanks",
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
        "It's not fixed",
        "no, it is not solved",
        "it's never solved",
        "That's not resolved, still the same",
        "C'est bon",
        "c'est bon, c'est le groupe Tenders",
        "Never mind, I clicked the phishing link",
        "forget it, my laptop was stolen",
        "cancel that: lock my account now",
        "never mind, remove Lotte from GX-Tenders",
        "Nada, me han robado el portátil",
    ],
)
def test_what_asks_for_something_is_no_taking_back(text: str) -> None:
    assert utterance_of(text).kind != "cancel"
