SELECT 'it\'s; fine', "double \"; quoted", 'a''b;', "a"";b", `odd``;name`;
SELECT 'ends with \\'; SELECT _utf8mb4'x;', N'y;', x'41', 0x41, b'1', 1e5, @`v;`, @'w;';
