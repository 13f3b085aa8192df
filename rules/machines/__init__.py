"""The two peers as tables: state, signal, next state. The pictures in the docs are drawn from them."""
