def check_port_of(a): pass
