"""What runs inside the Python process of an action or a sensor.

Only the standard library, Python 3.8 or newer. Start-up is the price of every action, so modules that an action may
never need (logging, the HTTP client, site-packages) are imported when something first asks for them.
"""
