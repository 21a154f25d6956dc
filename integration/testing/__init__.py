"""Fakes of what is outside, and the contract suites that fakes and real adapters both pass.

Shipped with the package, so that connectors written elsewhere can subclass the suites.
"""
