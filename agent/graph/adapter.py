"""msgraph-sdk's request adapter, stripped to what cannot surprise: no retry, no redirect, no typed models.

Importing this module loads msgraph (0.2 s, 35 MiB); `agent.graph.sender` imports it on first use. Typed response
models are never loaded: the model of a user alone costs a second and 1,255 modules.
"""

from typing import Any

import httpx
from kiota_abstractions.authentication import AnonymousAuthenticationProvider
from kiota_abstractions.method import Method
from kiota_abstractions.native_response_handler import NativeResponseHandler
from kiota_abstractions.request_information import RequestInformation
from kiota_abstractions.request_option import RequestOption
from kiota_http.middleware.options import RedirectHandlerOption, ResponseHandlerOption, RetryHandlerOption
from kiota_http.observability_options import ObservabilityOptions
from msgraph.graph_request_adapter import GraphRequestAdapter


class RawAdapter(GraphRequestAdapter):
    """Sends one request and returns httpx's own response, whatever its status.

    It does no authentication of its own: the sender has checked the token and set the header.
    """

    def __init__(self, client: httpx.AsyncClient) -> None:
        super().__init__(AnonymousAuthenticationProvider(), client)
        # Traces may leave the stack; addresses in them would name people.
        self.observability_options = ObservabilityOptions(include_euii_attributes=False)

    async def send_raw(
        self, method: str, url: str, *, headers: dict[str, str], content: bytes | None
    ) -> httpx.Response:
        """Send one request.

        Raises:
            httpx.HTTPError: no answer.
        """
        info = RequestInformation(Method(method))
        info.url = url
        for name, value in headers.items():
            info.headers.add(name, value)
        info.content = content
        info.add_request_options(_options())
        response = await self.send_no_response_content_async(info, None)
        # With NativeResponseHandler the SDK returns the handler's value here, against its annotation.
        assert isinstance(response, httpx.Response), "the native response handler returns the response"
        return response

    async def retry_cae_response_if_required(self, resp: httpx.Response, *_args: Any, **_kwargs: Any) -> httpx.Response:
        """Return the answer as it is: the SDK would send a challenged request, also a write, a second time."""
        return resp


def _options() -> list[RequestOption]:
    # The SDK's middleware re-sends writes on 429, 503 and 504. Our client carries no middleware; these options
    # hold even for one that does.
    return [
        RetryHandlerOption(should_retry=False),
        RedirectHandlerOption(should_redirect=False),
        ResponseHandlerOption(response_handler=NativeResponseHandler()),
    ]
