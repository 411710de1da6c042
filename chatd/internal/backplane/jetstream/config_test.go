package jetstream

import "testing"

func TestVersionsOfServers(t *testing.T) {
	t.Parallel()
	for version, taken := range map[string]bool{
		"2.15.0": true, "2.15.3-RC.1": true, "2.16.0": true, "3.0.0": true,
		"2.14.6": false, "1.99.0": false, "": false, "x": false,
	} {
		if err := checkVersion(version); (err == nil) != taken {
			t.Errorf("version %q: %v", version, err)
		}
	}
}
