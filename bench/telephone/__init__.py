"""The telephone measured: real Asterisk, real recognition, real phones."""
