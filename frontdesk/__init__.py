"""The outermost layer: settings, storage, web pages and API, command line."""
