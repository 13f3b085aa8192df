"""Who belongs together, what is known of their keys, and where the onlooker was blind."""
