"""From the store to what serves: plan, build, gate, activate, wait for every serving process, receipt."""
