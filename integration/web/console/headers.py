"""What every answer of the console tells the browser to refuse."""

from __future__ import annotations

from collections.abc import Mapping

SOURCES: Mapping[str, str] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
"""Nothing inline and nothing from elsewhere: what a shop writes into a name can never run."""

PAGE: Mapping[str, str] = {
    "Content-Security-Policy": "; ".join(f"{kind} {source}" for kind, source in SOURCES.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
STATIC: Mapping[str, str] = {**PAGE, "Cache-Control": "public, max-age=31536000, immutable"}
"""Files are asked for with the digest of what is in them, so they never change."""
