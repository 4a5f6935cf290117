//! What strangers write, for the tests of each target.

/// Text that does something somewhere if it is not escaped.
pub(in crate::report) const TEXTS: &[&str] = &[
    "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{7f}",
    "\u{202e}gnp.exe\u{2066}\u{200b}\u{feff}\u{e0041}\u{fe0f}",
    "two\nlines\r\nand\ttabs\u{2028}\u{85}",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "[x](javascript:alert(1)) ![x](http://evil.example/a.png)",
    "<https://evil.example> https://evil.example www.evil.example a@evil.example",
    "@everyone @team/ops #1 GH-1 PROJ-12 org/repo#1 0123abcd0123abcd !7",
    "` `` ``` ```` ~~~~ \\` \\",
    "# heading\n===\n---\n- item\n1. item\n> quote\n| a | b |\n|---|---|",
    "[^1] [^1]: note :+1: :smile: $x$ $$y$$ **b** _i_ ~~s~~ &lt; &#60; [ ] [x]",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "＝1＋1",
    " =1",
    "$(reboot) `id` ; rm -rf / & && || > x < y ' \" \\ ! ~ {a,b} * ?",
    "'; reboot; '",
    "",
    " ",
];
