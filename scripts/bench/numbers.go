package main

import "fmt"

// checkNumbers checks what numbers the posters of one room were given, each in
// the order in which it got them: together 1, 2, 3 … without a hole, none
// twice, and ascending for each poster. A server that does not number posts
// gives 0 only, and nothing is checked.
func checkNumbers(posters [][]uint64) error {
	total := 0
	numbered := false
	for _, numbers := range posters {
		total += len(numbers)
		numbered = numbered || len(numbers) > 0 && numbers[0] != 0
	}
	if !numbered {
		return nil
	}
	given := make([]bool, total+1)
	for _, numbers := range posters {
		last := uint64(0)
		for _, n := range numbers {
			switch {
			case n <= last:
				return fmt.Errorf("a poster was given number %d after %d", n, last)
			case n > uint64(total):
				return fmt.Errorf("number %d was given where there are %d posts", n, total)
			case given[n]:
				return fmt.Errorf("number %d was given twice", n)
			}
			given[n], last = true, n
		}
	}
	return nil // as many numbers as posts, all of them different: none is missing
}
