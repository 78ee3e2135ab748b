"""Addresses that a service must not connect to, in all notations."""

# Hosts that resolve to internal addresses, if the resolver accepts them.
INSIDE = [
    "127.0.0.1", "127.0.0.2", "127.1", "127.0.1", "127.255.255.254", "2130706433", "0x7f000001", "0x7f.1", "0x7f.0.0.1",
    "0177.0.0.1", "017700000001", "0177.0.0.01", "00000000177.0.0.1", "127.0.0.1.", "0", "0.0.0.0", "0x0", "00000",
    "localhost", "LOCALHOST", "localhost.",
    "127。0。0。1", "127．0．0．1", "①②⑦.0.0.1", "１２７.0.0.1", "ⓛocalhost",
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::127.0.0.1]", "[::7f00:1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::10.0.0.1]",
    "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2002:c0a8:101::1]", "[2001:0:7f00:1::1]",
    "[fe80::1]", "[fe80::1%25lo]", "[fe80::1%25eth0]", "[fec0::1]", "[fc00::1]", "[fd00::1]", "[fd00:ec2::254]",
    "[ff02::1]", "[2001:db8::1]", "[100::1]", "[::ffff:169.254.169.254]", "[::ffff:10.1.2.3]", "[::ffff:0:127.0.0.1]",
    "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.254", "192.168.0.1", "192.168.255.255", "10.1", "012.0.0.1",
    "169.254.169.254", "169.254.0.1", "169.254.170.2", "2852039166", "0xa9fea9fe", "0xa9.0xfe.0xa9.0xfe",
    "0251.0376.0251.0376", "169.254.43518", "100.64.0.1", "100.100.100.200", "100.127.255.254", "168.63.129.16",
    "192.0.0.1", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "0.1.2.3",
]  # fmt: skip
MALFORMED = [
    "", "http://", "http:///song.mp3", "//127.0.0.1/", "127.0.0.1", "http:127.0.0.1", "file:///etc/passwd",
    "ftp://example.org/a", "gopher://example.org/", "data:audio/wav;base64,AAAA", "javascript:alert(1)", "unix:///run/x",
    "http://user:secret@example.org/", "http://user@example.org/", "http://@example.org/", "http://example.org@127.0.0.1/",
    "http://127.0.0.1\\@example.org/", "http://example.org\\@127.0.0.1/", "http://exa mple.org/",
    "http://example.org/a b",
    "http://example.org/a\r\nHost: inside", "\thttp://example.org/", "http://exam\nple.org/", "http://[::1/", "http://[zz]/",
    "http://example.org:0x50/", "http://example.org:99999/", "http://example.org:-1/", "http://" + "a" * 64 + ".org/",
    "http://a..b/\u200b", "http://example.org/" + "a" * 2100,
]  # fmt: skip
