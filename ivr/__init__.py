"""The voice channel: media transports, turn taking, recogniser, speech, call control."""
