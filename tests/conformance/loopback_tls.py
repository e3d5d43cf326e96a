"""A TLS server on loopback with a certificate of its own, and an Azure SDK transport that trusts only that."""

import datetime as dt
import ipaddress
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from aiohttp import web
from azure.core.pipeline.transport import AioHttpTransport
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def tls_server(handler: Handler) -> AsyncIterator[tuple[str, AioHttpTransport]]:
    """Serve `handler` for every path; give its origin (`https://localhost:<port>`) and a trusting transport."""
    certificate, key = _certificate()
    with tempfile.TemporaryDirectory() as folder:
        pair = Path(folder, "cert.pem"), Path(folder, "key.pem")
        pair[0].write_bytes(certificate)
        pair[1].write_bytes(key)
        serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        serving.load_cert_chain(*pair)
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=serving).start()
    trusting = ssl.create_default_context(cadata=certificate.decode())
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusting))
    try:
        yield f"https://localhost:{runner.addresses[0][1]}", AioHttpTransport(session=session, session_owner=False)
    finally:
        await session.close()
        await runner.cleanup()


def _certificate() -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM), private
