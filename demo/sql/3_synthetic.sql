-- SYNTHETIC customers, bookings and what follows from them. No row describes a real person or a real purchase.
-- Every draw is a hash of the row's number and a salt, so the set is the same on each load and in any plan.
-- E-mail addresses are below the reserved domain example.com; telephone numbers are the fictional 555-01xx.

CREATE FUNCTION emporion_demo.draw(number bigint, salt bigint) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (hashint8extended(number, salt) & 4503599627370495) / 4503599627370496.0::double precision;

CREATE FUNCTION emporion_demo.pick(choices text[], at double precision) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN choices[1 + floor(at * cardinality(choices))::integer];

INSERT INTO customer.customer_profiles
SELECT
    id, 'c_' || substr(md5('emporion demo customer ' || id), 1, 16), given, family,
    lower(given || '.' || family) || '.' || id || '@example.com',
    '+1 ' || emporion_demo.pick('{212,347,718,917,201,973}', emporion_demo.draw(id, 3)) || ' 555 01'
        || lpad(floor(emporion_demo.draw(id, 4) * 100)::text, 2, '0'),
    date '1936-01-01' + floor(emporion_demo.draw(id, 5) * 25000)::integer,
    CASE WHEN emporion_demo.draw(id, 6) < 0.86 THEN 'US'
         ELSE emporion_demo.pick('{CA,GB,DE,IN,BR,MX}', emporion_demo.draw(id, 7)) END,
    lpad((10001 + floor(emporion_demo.draw(id, 8) * 1690))::integer::text, 5, '0'),
    emporion_demo.pick('{EWR,JFK,LGA}', emporion_demo.draw(id, 9)),
    emporion_demo.draw(id, 10) < 0.41,
    date '2005-01-01' + floor(emporion_demo.draw(id, 11) * 2920)::integer
FROM (
    SELECT
        id,
        emporion_demo.pick('{Amara,Andre,Anika,Ben,Bruno,Carla,Chen,Clara,Daniel,Dara,Elena,Emil,Fatima,Felix,Grace,Hana,Hugo,Ida,Imran,Isla,Jonas,Julia,Kai,Karim,Laila,Leo,Lucia,Mara,Mateo,Mina,Nadia,Noah,Omar,Paula,Priya,Rafael,Ruth,Sana,Simon,Tara,Tomas,Uma,Victor,Wanda,Yara,Zoe}', emporion_demo.draw(id, 1)) AS given,
        emporion_demo.pick('{Abbott,Adeyemi,Alvarez,Baker,Becker,Bianchi,Brandt,Carter,Castro,Chandra,Cohen,Dahl,Diaz,Dubois,Eriksen,Evans,Fischer,Flores,Garcia,Greene,Haddad,Hansen,Ito,Jansen,Kaur,Keller,Kim,Kowalski,Lang,Lopez,Malik,Meyer,Moreau,Nakamura,Novak,Okafor,Olsen,Park,Patel,Quinn,Reyes,Rossi,Santos,Schmidt,Silva,Tanaka,Torres,Vogel,Weber,Yilmaz}', emporion_demo.draw(id, 2)) AS family
    FROM generate_series(1, %(customers)s) AS id
) AS person;

-- Cells below ten customers are left out, so that no cell points at a person.
INSERT INTO customer.customer_segments
SELECT
    home_airport, country_code,
    CASE
        WHEN date_of_birth > date '1988-12-31' THEN 'under 25' WHEN date_of_birth > date '1973-12-31' THEN '25 to 39'
        WHEN date_of_birth > date '1953-12-31' THEN '40 to 59' ELSE '60 and over'
    END,
    count(*), count(*) FILTER (WHERE marketing_consent)
FROM customer.customer_profiles GROUP BY 1, 2, 3 HAVING count(*) >= 10;

INSERT INTO customer.bookings_full
SELECT
    sale.id, sale.customer_id, person.given_name || ' ' || person.family_name, person.email, person.phone,
    flown.flight_id, flown.flight_date, flown.carrier, flown.origin, flown.dest,
    flown.scheduled_departure_utc - sale.lead_days * interval '1 day'
        - floor(emporion_demo.draw(sale.id, 23) * 43200) * interval '1 second',
    CASE WHEN sale.channel < 0.55 THEN 'web' WHEN sale.channel < 0.80 THEN 'app'
         WHEN sale.channel < 0.95 THEN 'agency' ELSE 'call centre' END,
    seat.cabin, seat.passengers,
    round((seat.passengers * (45 + 0.11 * flown.distance_miles) * seat.factor
        * (0.75 + 0.5 * emporion_demo.draw(sale.id, 27)) * (1.35 - sale.lead_days / 300.0))::numeric, 2),
    lpad(floor(emporion_demo.draw(sale.customer_id, 28) * 10000)::text, 4, '0'),
    CASE
        WHEN flown.outcome = 'cancelled' AND sale.fate < 0.7 THEN 'refunded'
        WHEN flown.outcome = 'cancelled' THEN 'rebooked'
        WHEN sale.fate < 0.94 THEN 'flown' WHEN sale.fate < 0.97 THEN 'no show' ELSE 'refunded'
    END
FROM (
    SELECT
        id,
        1 + floor(emporion_demo.draw(id, 20) * (SELECT count(*) FROM flight_operations.flight_records))::integer AS flight_id,
        1 + floor(power(emporion_demo.draw(id, 21), 1.35) * %(customers)s)::integer AS customer_id,
        floor(120 * power(emporion_demo.draw(id, 22), 2))::integer AS lead_days,
        emporion_demo.draw(id, 24) AS channel, emporion_demo.draw(id, 25) AS class,
        emporion_demo.draw(id, 26) AS party, emporion_demo.draw(id, 29) AS fate
    FROM generate_series(1, %(bookings)s) AS id
) AS sale
CROSS JOIN LATERAL (
    SELECT
        CASE WHEN sale.class < 0.82 THEN 'economy' WHEN sale.class < 0.92 THEN 'premium economy'
             WHEN sale.class < 0.98 THEN 'business' ELSE 'first' END AS cabin,
        CASE WHEN sale.class < 0.82 THEN 1.0 WHEN sale.class < 0.92 THEN 1.6
             WHEN sale.class < 0.98 THEN 3.2 ELSE 5.0 END AS factor,
        CASE WHEN sale.party < 0.62 THEN 1 WHEN sale.party < 0.86 THEN 2 WHEN sale.party < 0.95 THEN 3 ELSE 4 END AS passengers
) AS seat
JOIN flight_operations.flight_records AS flown USING (flight_id)
JOIN customer.customer_profiles AS person USING (customer_id)
ORDER BY sale.id;

INSERT INTO customer.bookings
SELECT
    booking_id, flight_id, flight_date, carrier, origin, dest, (booked_at AT TIME ZONE 'America/New_York')::date,
    flight_date - (booked_at AT TIME ZONE 'America/New_York')::date, channel, cabin, passengers, fare_usd, booking_status
FROM customer.bookings_full;

-- Tiers by miles flown in 2013: silver from 5,000, gold from 12,000, platinum from 20,000. One point per mile.
INSERT INTO customer.loyalty_accounts
SELECT
    'EL' || lpad(person.customer_id::text, 8, '0'), person.customer_key,
    CASE WHEN flown.miles >= 20000 THEN 'platinum' WHEN flown.miles >= 12000 THEN 'gold'
         WHEN flown.miles >= 5000 THEN 'silver' ELSE 'blue' END,
    greatest(person.joined_on, date '2008-01-01'), flown.bookings, flown.miles,
    flown.miles + floor(emporion_demo.draw(person.customer_id, 31) * 2000)::bigint
FROM customer.customer_profiles AS person
JOIN (
    SELECT buyer.customer_id, count(sale.booking_id) AS bookings, coalesce(sum(trip.distance_miles), 0) AS miles
    FROM customer.customer_profiles AS buyer
    LEFT JOIN customer.bookings_full AS sale
        ON sale.customer_id = buyer.customer_id AND sale.booking_status = 'flown'
    LEFT JOIN flight_operations.flight_schedule AS trip USING (flight_id)
    GROUP BY buyer.customer_id
) AS flown USING (customer_id)
WHERE emporion_demo.draw(person.customer_id, 30) < 0.6;

INSERT INTO finance.revenue_by_route
SELECT
    date_trunc('month', sale.flight_date)::date, sale.origin, sale.dest, sale.cabin, count(*), sum(sale.passengers),
    sum(sale.fare_usd), coalesce(sum(sale.fare_usd) FILTER (WHERE sale.booking_status = 'refunded'), 0),
    coalesce(sum(sale.fare_usd) FILTER (WHERE sale.booking_status <> 'refunded'), 0),
    sum(sale.fare_usd) FILTER (WHERE sale.booking_status <> 'refunded')
        / sum(sale.passengers * route.distance_miles) FILTER (WHERE sale.booking_status <> 'refunded')
FROM customer.bookings AS sale
JOIN flight_operations.route_network AS route USING (origin, dest)
GROUP BY 1, sale.origin, sale.dest, sale.cabin;

-- Assumption of the draft product, stated in its contract: 200 USD for each passenger three or more hours late.
INSERT INTO finance.delay_compensation_exposure
SELECT
    date_trunc('month', flown.flight_date)::date, flown.carrier, flown.origin, count(DISTINCT flown.flight_id),
    count(sale.booking_id), coalesce(sum(sale.passengers), 0), coalesce(sum(sale.passengers), 0) * 200.00
FROM flight_operations.flight_delays AS flown
LEFT JOIN customer.bookings AS sale ON sale.flight_id = flown.flight_id AND sale.booking_status = 'flown'
WHERE flown.delay_band = '3 hours and more'
GROUP BY 1, flown.carrier, flown.origin;
