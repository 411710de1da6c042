module linechat

go 1.26
