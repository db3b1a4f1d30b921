"""The built-in plugin: deepstat's own components, registered by the hooks that a third party uses."""
