"""What a user wants done: import, export, history. Use cases see the store's protocol, never a backend."""
