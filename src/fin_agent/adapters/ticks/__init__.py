"""From single trades to completed minutes: checked, folded and watched in memory, never stored."""
