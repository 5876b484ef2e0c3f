//! Values: numbers, decimals, booleans, addresses, as the original reads them under `-t`.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::RangeInclusive;

use nom::bytes::complete::{tag, take_while, take_while_m_n, take_while1};
use nom::character::complete::char;
use nom::combinator::{all_consuming, opt, recognize};
use nom::{IResult, Parser};

/// Why a number is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberError {
    /// No number, or something behind it.
    Invalid,
    /// A minus sign where there can be none.
    Negative,
    /// Not in the range.
    Range,
    /// More than 32 bits.
    Huge,
}

fn digits(input: &[u8]) -> IResult<&[u8], &[u8]> {
    take_while1(|b: u8| b.is_ascii_digit()).parse(input)
}

/// A whole number of base 10 in a range. Only a range with negative numbers takes a minus sign.
pub(crate) fn integer(word: &[u8], range: &RangeInclusive<i64>) -> Result<i64, NumberError> {
    let signed = *range.start() < 0;
    // Quotes may hold blanks before a number.
    let word = word.trim_ascii_start();
    let sign = take_while_m_n(0, 1, |b| b == b'+' || b == b'-');
    let mut whole = all_consuming((sign, digits));
    let (_, (sign, digits)) =
        whole
            .parse(word)
            .map_err(|_: nom::Err<nom::error::Error<&[u8]>>| {
                // The original looks at the sign first.
                if word.first() == Some(&b'-') && !signed {
                    NumberError::Negative
                } else {
                    NumberError::Invalid
                }
            })?;
    let negative = sign == b"-";
    if negative && !signed {
        return Err(NumberError::Negative);
    }
    let text = std::str::from_utf8(digits).map_err(|_| NumberError::Invalid)?;
    let value: i64 = text.parse().map_err(|_| NumberError::Huge)?;
    let value = if negative { -value } else { value };
    let limit = if signed {
        i64::from(i32::MIN)..=i64::from(i32::MAX)
    } else {
        0..=i64::from(u32::MAX)
    };
    match value {
        v if !limit.contains(&v) => Err(NumberError::Huge),
        v if !range.contains(&v) => Err(NumberError::Range),
        v => Ok(v),
    }
}

/// A decimal, in units of its last place; `rounded` says that further places were cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decimal {
    pub(crate) value: u64,
    pub(crate) rounded: bool,
}

/// A decimal with this many places. The range is in units of the last place.
// keepalived: read_decimal_unsigned
pub(crate) fn decimal(
    word: &[u8],
    places: u32,
    range: &RangeInclusive<u64>,
) -> Result<Decimal, NumberError> {
    if word.first() == Some(&b'-') {
        return Err(NumberError::Negative);
    }
    let (whole, fraction) = decimal_parts(word).ok_or(NumberError::Invalid)?;
    let whole: u64 = if whole.is_empty() {
        0
    } else {
        parse(whole).ok_or(NumberError::Huge)?
    };
    let places = usize::try_from(places).unwrap_or(0);
    let kept = &fraction[..fraction.len().min(places)];
    let mut value = whole;
    for index in 0..places {
        let digit = kept.get(index).map_or(0, |b| u64::from(b - b'0'));
        value = value
            .checked_mul(10)
            .and_then(|v| v.checked_add(digit))
            .ok_or(NumberError::Huge)?;
    }
    let rest = &fraction[kept.len()..];
    if rest.first().is_some_and(|b| *b >= b'5') {
        value += 1;
    }
    if !range.contains(&value) {
        return Err(NumberError::Range);
    }
    Ok(Decimal {
        value,
        rounded: !rest.is_empty(),
    })
}

/// How many bytes follow the first point.
pub(crate) fn places(word: &[u8]) -> usize {
    let point = word.iter().position(|byte| *byte == b'.');
    point.map_or(0, |point| word.len() - point - 1)
}

/// Whether a word that is no decimal begins with one that the original takes: `10x`, or nothing for 0.
pub(crate) fn begins_in_range(word: &[u8], range: &RangeInclusive<u64>) -> bool {
    if word.first() == Some(&b'-') || decimal_parts(word).is_some() {
        return false;
    }
    let digits = word.iter().filter(|b| **b != b'.');
    let digits: Vec<_> = digits.copied().take_while(u8::is_ascii_digit).collect();
    let number = if digits.is_empty() {
        Some(0)
    } else {
        parse(&digits)
    };
    number.is_some_and(|number| range.contains(&number))
}

fn decimal_parts(word: &[u8]) -> Option<(&[u8], &[u8])> {
    let any = |input| {
        take_while::<_, &[u8], nom::error::Error<&[u8]>>(|b: u8| b.is_ascii_digit()).parse(input)
    };
    let fraction = opt((char('.'), any));
    let (_, (_, whole, fraction)) = all_consuming((opt(tag(&b"+"[..])), any, fraction))
        .parse(word)
        .ok()?;
    let fraction = fraction.map_or(&b""[..], |(_, digits)| digits);
    (!whole.is_empty() || !fraction.is_empty()).then_some((whole, fraction))
}

fn parse<T: std::str::FromStr>(bytes: &[u8]) -> Option<T> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

/// A number as C reads it: octal after `0`, hexadecimal after `0x`, and nothing behind it.
pub(crate) fn c_unsigned(text: &str) -> Option<u64> {
    let digits = |text: &str, radix| {
        let unsigned = text.starts_with(|c: char| c.is_digit(radix));
        unsigned.then(|| u64::from_str_radix(text, radix).ok())?
    };
    let text = text.strip_prefix('+').unwrap_or(text);
    if let Some(hexadecimal) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return digits(hexadecimal, 16);
    }
    match text.strip_prefix('0') {
        Some(octal) if !octal.is_empty() => digits(octal, 8),
        Some(_) | None => digits(text, 10),
    }
}

/// `true on yes false off no`, lower case only.
pub(crate) fn boolean(word: &[u8]) -> Option<bool> {
    match word {
        b"true" | b"on" | b"yes" => Some(true),
        b"false" | b"off" | b"no" => Some(false),
        _ => None,
    }
}

/// A numeric address; no names, no zone.
pub(crate) fn address(word: &[u8]) -> Option<IpAddr> {
    parse(word)
}

/// The same, but the original does not look at what follows a `-` or a `/`. The flag: whether there is such.
// keepalived: inet_stosockaddr
pub(crate) fn address_and_more(word: &[u8]) -> Option<(IpAddr, bool)> {
    let find = |sign: u8| word.iter().position(|byte| *byte == sign);
    let end = find(b'-').or_else(|| find(b'/'));
    let ip = parse(&word[..end.unwrap_or(word.len())])?;
    Some((ip, end.is_some()))
}

/// An IPv4 address of one to four numbers, decimal, octal or hexadecimal; the last one fills what is left.
// inet_aton(3)
pub(crate) fn internet_address(word: &[u8]) -> Option<Ipv4Addr> {
    let text = std::str::from_utf8(word).ok()?;
    let numbers: Option<Vec<u32>> = text.split('.').map(c_number).collect();
    let numbers = numbers.filter(|numbers| numbers.len() <= 4)?;
    let (last, octets) = numbers.split_last()?;
    let mut bits = 0;
    for (octet, shift) in octets.iter().zip([24u32, 16, 8]) {
        bits |= u32::from(u8::try_from(*octet).ok()?) << shift;
    }
    let most = [u32::MAX, 0xff_ffff, 0xffff, 0xff][octets.len()];
    (*last <= most).then(|| Ipv4Addr::from_bits(bits | last))
}

/// A number as C writes it.
fn c_number(text: &str) -> Option<u32> {
    let (digits, radix) = if let Some(digits) = text.strip_prefix("0x") {
        (digits, 16)
    } else if text.len() > 1 && text.starts_with('0') {
        (text, 8)
    } else {
        (text, 10)
    };
    let plain = digits.bytes().all(|b| b.is_ascii_alphanumeric());
    plain.then(|| u32::from_str_radix(digits, radix).ok())?
}

/// What follows an address and a slash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prefix<'a> {
    /// No slash, or nothing after it: the longest.
    None,
    /// A number in range.
    Length(u8),
    /// Something else; the longest is used.
    Bad(&'a [u8], NumberError),
}

/// `ADDRESS[/LENGTH]`.
pub(crate) fn network(word: &[u8]) -> Option<(IpAddr, Prefix<'_>)> {
    let (rest, host) = recognize(take_while1(|b| b != b'/'))
        .parse(word)
        .map_err(|_: nom::Err<nom::error::Error<&[u8]>>| ())
        .ok()?;
    let address = address(host)?;
    let Some(length) = rest.strip_prefix(b"/").filter(|l| !l.is_empty()) else {
        return Some((address, Prefix::None));
    };
    let most = longest(address);
    let prefix = match integer(length, &(0..=i64::from(most))) {
        Ok(length) => Prefix::Length(u8::try_from(length).unwrap_or(most)),
        Err(error) => Prefix::Bad(length, error),
    };
    Some((address, prefix))
}

/// The longest prefix of an address's family.
pub(crate) fn longest(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_strict() {
        let r = 1..=255;
        assert_eq!(integer(b"1", &r), Ok(1));
        assert_eq!(integer(b"+255", &r), Ok(255));
        assert_eq!(integer(b" 5", &r), Ok(5));
        assert_eq!(integer(b"256", &r), Err(NumberError::Range));
        assert_eq!(integer(b"0", &r), Err(NumberError::Range));
        assert_eq!(integer(b"-1", &r), Err(NumberError::Negative));
        assert_eq!(integer(b"-1", &(-5..=5)), Ok(-1));
        assert_eq!(integer(b"99999999999", &r), Err(NumberError::Huge));
        assert_eq!(
            integer(b"999999999999999999999999999", &r),
            Err(NumberError::Huge)
        );
        for bad in [&b""[..], b"x", b"1.5", b"1x", b"+", b"0x10", b"\xff"] {
            assert_eq!(integer(bad, &r), Err(NumberError::Invalid), "{bad:?}");
        }
    }

    #[test]
    fn numbers_of_c_have_a_base() {
        let read = ["0", "10", "010", "0x1f", "0X1F", "+7"].map(c_unsigned);
        assert_eq!(read, [0, 10, 8, 31, 31, 7].map(Some));
        let wrong = ["", "0x", "08", "-1", "1x", "0x+1", "++1", "main"].map(c_unsigned);
        assert_eq!(wrong, [None; 8]);
    }

    #[test]
    fn decimals_keep_their_places() {
        let r = 10_000..=255_000_000;
        let exact = |value| {
            Ok(Decimal {
                value,
                rounded: false,
            })
        };
        assert_eq!(decimal(b"1", 6, &r), exact(1_000_000));
        assert_eq!(decimal(b"0.01", 6, &r), exact(10_000));
        assert_eq!(decimal(b".5", 6, &r), exact(500_000));
        assert_eq!(
            decimal(b"1.0000004", 6, &r),
            Ok(Decimal {
                value: 1_000_000,
                rounded: true
            })
        );
        assert_eq!(decimal(b"256", 6, &r), Err(NumberError::Range));
        assert_eq!(decimal(b"0.009", 6, &r), Err(NumberError::Range));
        assert_eq!(
            decimal(b"99999999999999999999999", 6, &r),
            Err(NumberError::Huge)
        );
        assert_eq!(decimal(b"-1", 6, &r), Err(NumberError::Negative));
        for bad in [&b""[..], b".", b"1s", b"1.2.3", b"1,5"] {
            assert_eq!(decimal(bad, 6, &r), Err(NumberError::Invalid), "{bad:?}");
        }
    }

    #[test]
    fn garbage_behind_a_number() {
        let r = 1..=100;
        assert!(begins_in_range(b"10x", &r));
        assert!(begins_in_range(b"1.5x", &r));
        for no in [&b"10"[..], b"101x", b"x", b"-1"] {
            assert!(!begins_in_range(no, &r), "{no:?}");
        }
        assert!(begins_in_range(b"x", &(0..=100)));
    }

    #[test]
    fn internet_addresses_have_one_to_four_numbers() {
        let read = |word: &[u8]| internet_address(word).map(|ip| ip.to_string());
        let is = |word: &[u8], ip: &str| assert_eq!(read(word).as_deref(), Some(ip));
        is(b"255.255.255.0", "255.255.255.0");
        is(b"255.255.65280", "255.255.255.0");
        is(b"0xffffff00", "255.255.255.0");
        is(b"255.255.0377.0", "255.255.255.0");
        for no in [
            &b""[..],
            b"1.2.3.4.5",
            b"256.1.1.1",
            b"1.2.3.256",
            b"1..2",
            b"x",
            b"+1",
        ] {
            assert_eq!(read(no), None, "{no:?}");
        }
    }

    #[test]
    fn networks() {
        let one = "10.0.0.1".parse().expect("an address");
        assert_eq!(network(b"10.0.0.1"), Some((one, Prefix::None)));
        assert_eq!(network(b"10.0.0.1/"), Some((one, Prefix::None)));
        assert_eq!(network(b"10.0.0.1/24"), Some((one, Prefix::Length(24))));
        assert_eq!(
            network(b"10.0.0.1/33"),
            Some((one, Prefix::Bad(b"33", NumberError::Range)))
        );
        assert_eq!(
            network(b"10.0.0.1/2/3"),
            Some((one, Prefix::Bad(b"2/3", NumberError::Invalid)))
        );
        assert_eq!(network(b"/24"), None);
        assert_eq!(network(b"host"), None);
    }
}
