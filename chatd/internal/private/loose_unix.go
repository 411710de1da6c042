//go:build unix

package private

import "io/fs"

// loose reports whether others than the owner may do something with a file.
func loose(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }
