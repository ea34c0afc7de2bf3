"""The text channels: each translates its own messages into the conversation's events and back."""
