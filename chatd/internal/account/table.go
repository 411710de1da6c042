package account

import (
	"cmp"
	"slices"
	"time"

	"linechat/chatd/proto"
)

// A Table has accounts in memory, and the rules by which they change: its methods have the
// errors of Store. What they return is the table's own. The zero value is empty. One goroutine
// at a time may use it.
type Table struct {
	all        []*Account          // in force or given up, in the order of their IDs
	byFold     map[string]*Account // all
	bySkeleton map[string]*Account // all
	byKey      map[string]*Account // those that have proved it
}

// Add adds an account that a table has had. Its ID is higher than those before.
func (t *Table) Add(a Account) {
	if t.byFold == nil {
		t.byFold, t.bySkeleton, t.byKey = map[string]*Account{}, map[string]*Account{}, map[string]*Account{}
	}
	t.all = append(t.all, &a)
	t.byFold[a.Name.Fold], t.bySkeleton[a.Name.Skeleton] = &a, &a
	for _, k := range a.Keys {
		t.prove(&a, &k)
	}
}

// prove notes that a key is the account's, if it is proved.
func (t *Table) prove(a *Account, k *Key) {
	if k.Proved {
		t.byKey[k.Fingerprint] = a
	}
}

// All returns all accounts, in force or given up, in the order of their IDs.
func (t *Table) All() []*Account { return t.all }

// Account returns the account in force of that fold. ErrNoAccount.
func (t *Table) Account(fold string) (*Account, error) { return inForce(t.byFold[fold]) }

// OfKey returns the account in force that has proved the key. ErrNoAccount.
func (t *Table) OfKey(fingerprint string) (*Account, error) { return inForce(t.byKey[fingerprint]) }

// OfID returns the account in force of that ID. ErrNoAccount.
func (t *Table) OfID(id uint64) (*Account, error) {
	i, there := slices.BinarySearchFunc(t.all, id, func(a *Account, id uint64) int { return cmp.Compare(a.ID, id) })
	if !there {
		return nil, ErrNoAccount
	}
	return inForce(t.all[i])
}

func inForce(a *Account) (*Account, error) {
	if a == nil || !a.Released.IsZero() {
		return nil, ErrNoAccount
	}
	return a, nil
}

// Taken reports whether the name, or one that looks like it, is refused to others.
func (t *Table) Taken(name proto.Name, now time.Time) bool {
	return slices.ContainsFunc(t.like(name), func(a *Account) bool { return !a.Free(now) })
}

// like returns the accounts, in force or given up, of that name or of one that looks like it.
func (t *Table) like(name proto.Name) (found []*Account) {
	if a := t.byFold[name.Fold]; a != nil {
		found = append(found, a)
	}
	if a := t.bySkeleton[name.Skeleton]; a != nil && a.Name.Fold != name.Fold {
		found = append(found, a)
	}
	return found
}

// checkFree returns ErrKeyTaken if k is proved, and another account than a has proved it.
func (t *Table) checkFree(k *Key, a *Account) error {
	if owner := t.byKey[k.Fingerprint]; k.Proved && owner != nil && owner != a {
		return ErrKeyTaken
	}
	return nil
}

// Create adds a new account, and gives it an ID.
func (t *Table) Create(a *Account, now time.Time) error {
	if t.Taken(a.Name, now) {
		return ErrExists
	}
	for i := range a.Keys {
		if err := t.checkFree(&a.Keys[i], nil); err != nil {
			return err
		}
	}
	a.ID = 1
	if n := len(t.all); n > 0 {
		a.ID = t.all[n-1].ID + 1
	}
	for _, old := range t.like(a.Name) { // given up for longer than it is kept
		delete(t.byFold, old.Name.Fold)
		delete(t.bySkeleton, old.Name.Skeleton)
		t.all = slices.DeleteFunc(t.all, func(other *Account) bool { return other == old })
	}
	t.Add(a.clone())
	return nil
}

// SetPassword sets the hash of a new password.
func (t *Table) SetPassword(fold, hash string) error {
	a, err := t.Account(fold)
	if err == nil {
		a.Hash = hash
	}
	return err
}

// ReplaceHash sets another hash of the same password in place of old.
func (t *Table) ReplaceHash(fold, old, hash string) error {
	a, err := t.Account(fold)
	if err == nil && a.Hash == old {
		a.Hash = hash
	}
	return err
}

// AddKey adds a key, or has one that is there be proved.
func (t *Table) AddKey(fold string, k Key) error {
	a, err := t.Account(fold)
	if err != nil {
		return err
	}
	if err := t.checkFree(&k, a); err != nil {
		return err
	}
	if had := a.Key(k.Fingerprint); had == nil {
		a.Keys = append(a.Keys, k)
	} else if k.Proved {
		had.Proved = true
	}
	t.prove(a, &k)
	return nil
}

// ProveKey marks a key as proved.
func (t *Table) ProveKey(fold, fingerprint string) error {
	a, err := t.Account(fold)
	if err != nil {
		return err
	}
	k := a.Key(fingerprint)
	if k == nil {
		return ErrNoKey
	}
	return t.AddKey(fold, Key{Fingerprint: fingerprint, Proved: true})
}

// RemoveKey removes a key.
func (t *Table) RemoveKey(fold, fingerprint string) error {
	a, err := t.Account(fold)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(a.Keys, func(k Key) bool { return k.Fingerprint == fingerprint })
	switch {
	case i < 0:
		return ErrNoKey
	case a.Hash == "" && len(a.Keys) == 1:
		return ErrLastProof
	}
	t.disprove(&a.Keys[i])
	a.Keys = slices.Delete(a.Keys, i, i+1)
	return nil
}

// disprove notes that a key is nobody's any more, if it is proved.
func (t *Table) disprove(k *Key) {
	if k.Proved {
		delete(t.byKey, k.Fingerprint)
	}
}

// Ignore adds a nick to those that the account ignores.
func (t *Table) Ignore(fold string, nick proto.Name) error {
	a, err := t.Account(fold)
	if err != nil {
		return err
	}
	if err := a.MayIgnore(nick); err != nil {
		return err
	}
	i, there := slices.BinarySearchFunc(a.Ignored, nick.Fold, byFold)
	if !there {
		a.Ignored = slices.Insert(a.Ignored, i, nick)
	}
	return nil
}

func byFold(n proto.Name, fold string) int { return cmp.Compare(n.Fold, fold) }

// Unignore removes a nick from them.
func (t *Table) Unignore(fold, nick string) error {
	a, err := t.Account(fold)
	if err == nil {
		a.Ignored = slices.DeleteFunc(a.Ignored, func(n proto.Name) bool { return n.Fold == nick })
	}
	return err
}

// Release gives the account up.
func (t *Table) Release(fold string, at time.Time) error {
	a, err := t.Account(fold)
	if err != nil {
		return err
	}
	for i := range a.Keys {
		t.disprove(&a.Keys[i])
	}
	a.Hash, a.Keys, a.Ignored, a.Released = "", nil, nil, at
	return nil
}
