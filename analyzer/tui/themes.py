"""The themes: dark, light, one safe for colour-blind eyes, and the terminal's own sixteen colours.

The colour-blind-safe palette is that of Okabe and Ito. Wherever a colour means something, a sign and a letter say the
same.
"""

from __future__ import annotations

from textual.theme import BUILTIN_THEMES, Theme

DARK, LIGHT, SAFE, SIXTEEN = "dark", "light", "colour-blind-safe", "16-colours"
NAMES = (DARK, LIGHT, SAFE, SIXTEEN)

FALLBACK = {
    "dsmip-ike": "ansi_cyan",
    "dsmip-esp": "ansi_blue",
    "dsmip-mobility": "ansi_magenta",
    "dsmip-discovery": "ansi_green",
    "dsmip-role": "ansi_yellow",
    "dsmip-label": "ansi_cyan",
    "dsmip-key": "ansi_magenta",
    "dsmip-bar": "ansi_blue",
    "dsmip-bar-text": "ansi_bright_white",
    "dsmip-on-error": "ansi_bright_white",
    "dsmip-dim": "ansi_white",
}
"""Our own colours, by their names in the style sheets, for themes that do not set them."""


def _colours(*values: str) -> dict[str, str]:
    return dict(zip(FALLBACK, values, strict=True))


def themes() -> list[Theme]:
    """Themes to register."""
    return [
        Theme(
            DARK, primary="#5fafd7", secondary="#87afaf", accent="#d7af5f", warning="#e5b567", error="#e06c75",
            success="#98c379", foreground="#d8dee4", background="#14181d", surface="#1a2027", panel="#262e38",
            variables={
                "block-cursor-background": "#2f5d7c", "block-cursor-foreground": "#ffffff",
                **_colours("#67c1d4", "#7da4e0", "#d79be0", "#98c379", "#d7af5f", "#8fb8d6", "#67c1d4", "#1f3a4d",
                           "#e6eef5", "#14181d", "#8a96a3"),
            },
        ),
        Theme(
            LIGHT, primary="#005f87", secondary="#4f6f7f", accent="#8a5a00", warning="#8a5a00", error="#b3261e",
            success="#2e6b2e", foreground="#1c2127", background="#fbfbf9", surface="#f2f2ee", panel="#e3e5e4",
            dark=False,
            variables={
                "block-cursor-background": "#005f87", "block-cursor-foreground": "#ffffff",
                **_colours("#00687a", "#2850a0", "#8b2a8f", "#2e6b2e", "#8a5a00", "#27577a", "#00567a", "#c9dbe6",
                           "#10222e", "#ffffff", "#5f6870"),
            },
        ),
        Theme(
            SAFE, primary="#56b4e9", secondary="#999999", accent="#f0e442", warning="#e69f00", error="#d55e00",
            success="#009e73", foreground="#f0f0f0", background="#101010", surface="#181818", panel="#2a2a2a",
            variables={
                "block-cursor-background": "#0072b2", "block-cursor-foreground": "#ffffff",
                **_colours("#56b4e9", "#9fc5e8", "#cc79a7", "#009e73", "#f0e442", "#56b4e9", "#f0e442", "#003f63",
                           "#ffffff", "#000000", "#a0a0a0"),
            },
        ),
        _sixteen(),
    ]  # fmt: skip


def _sixteen() -> Theme:
    own = BUILTIN_THEMES["ansi-dark"]
    variables = {**own.variables, **FALLBACK, "block-cursor-background": "ansi_cyan"}
    return Theme(
        SIXTEEN, primary=own.primary, secondary=own.secondary, warning=own.warning, error=own.error,
        success=own.success, accent=own.accent, foreground="ansi_default", background="ansi_default",
        surface="ansi_default", panel="ansi_default", boost="ansi_default", ansi=True, variables=variables,
    )  # fmt: skip
