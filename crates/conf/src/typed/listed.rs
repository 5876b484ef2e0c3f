//! A list in the order of the file whose entries are found by name, however many there are.

use std::borrow::Borrow;
use std::collections::BTreeMap;

/// Entries in order, and where each key is. A key that comes twice finds the first entry.
#[derive(Debug)]
pub(super) struct Listed<K, T> {
    list: Vec<T>,
    positions: BTreeMap<K, usize>,
}

impl<K, T> Default for Listed<K, T> {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            positions: BTreeMap::new(),
        }
    }
}

impl<K: Ord, T> Listed<K, T> {
    pub(super) fn push(&mut self, key: K, entry: T) {
        self.positions.entry(key).or_insert(self.list.len());
        self.list.push(entry);
    }

    pub(super) fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&T>
    where
        K: Borrow<Q>,
    {
        self.list.get(self.position(key)?)
    }

    pub(super) fn find_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut T>
    where
        K: Borrow<Q>,
    {
        let position = self.position(key)?;
        self.list.get_mut(position)
    }

    pub(super) fn position<Q: Ord + ?Sized>(&self, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
    {
        self.positions.get(key).copied()
    }

    pub(super) fn at(&self, position: usize) -> Option<&T> {
        self.list.get(position)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.positions.keys()
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.list.iter()
    }

    pub(super) fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.list.iter_mut()
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Cuts off what follows the first `most` entries.
    pub(super) fn split_off(&mut self, most: usize) -> Vec<T> {
        let most = most.min(self.list.len());
        self.positions.retain(|_, position| *position < most);
        self.list.split_off(most)
    }
}

impl<K, T> IntoIterator for Listed<K, T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::Listed;

    #[test]
    fn the_first_entry_of_a_key_is_found_and_what_is_cut_off_is_not() {
        let mut listed = Listed::default();
        for (key, entry) in [("b", 1), ("a", 2), ("b", 3)] {
            listed.push(key.to_owned(), entry);
        }
        assert_eq!(listed.find("b"), Some(&1));
        assert_eq!(listed.split_off(1), [2, 3]);
        assert_eq!((listed.find("a"), listed.find("b")), (None, Some(&1)));
        assert_eq!(listed.into_iter().collect::<Vec<_>>(), [1]);
    }
}
