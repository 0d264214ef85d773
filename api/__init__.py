"""The window: what other systems read. It imports the register and the desks; nobody imports it."""
