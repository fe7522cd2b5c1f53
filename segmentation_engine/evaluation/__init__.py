"""How good the engine is: metrics, a robot user, a classical peer, tables."""
