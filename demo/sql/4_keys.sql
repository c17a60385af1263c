-- Keys and indexes once the rows are in, comments that a reader of the warehouse meets, and the right to publish.

ALTER TABLE airports_weather.airports ADD PRIMARY KEY (faa);
ALTER TABLE airports_weather.weather_hourly ADD PRIMARY KEY (origin, observed_at);
ALTER TABLE airports_weather.delay_weather_correlation ADD PRIMARY KEY (origin, month, weather_factor);
ALTER TABLE fleet.aircraft ADD PRIMARY KEY (tailnum);
ALTER TABLE fleet.fleet_utilisation ADD PRIMARY KEY (tailnum, month);
ALTER TABLE flight_operations.airlines ADD PRIMARY KEY (carrier);
ALTER TABLE flight_operations.flight_records ADD PRIMARY KEY (flight_id);
ALTER TABLE flight_operations.flight_schedule ADD PRIMARY KEY (flight_id);
ALTER TABLE flight_operations.flight_delays ADD PRIMARY KEY (flight_id);
ALTER TABLE flight_operations.on_time_performance ADD PRIMARY KEY (month, carrier, origin);
ALTER TABLE flight_operations.daily_operations_summary ADD PRIMARY KEY (flight_date, origin);
ALTER TABLE flight_operations.route_network ADD PRIMARY KEY (origin, dest);
ALTER TABLE customer.customer_profiles ADD PRIMARY KEY (customer_id), ADD UNIQUE (customer_key);
ALTER TABLE customer.customer_segments ADD PRIMARY KEY (home_airport, country_code, age_band);
ALTER TABLE customer.bookings ADD PRIMARY KEY (booking_id);
ALTER TABLE customer.bookings_full ADD PRIMARY KEY (booking_id);
ALTER TABLE customer.loyalty_accounts ADD PRIMARY KEY (member_number), ADD UNIQUE (customer_key);
ALTER TABLE finance.revenue_by_route ADD PRIMARY KEY (month, origin, dest, cabin);
ALTER TABLE finance.delay_compensation_exposure ADD PRIMARY KEY (month, carrier, origin);

CREATE INDEX ON flight_operations.flight_delays (flight_date, origin);
CREATE INDEX ON flight_operations.flight_records (tailnum);
CREATE INDEX ON customer.bookings (flight_id);
CREATE INDEX ON customer.bookings_full (customer_id);

COMMENT ON TABLE airports_weather.airports IS 'Airports with position, altitude and time zone.';
COMMENT ON TABLE airports_weather.weather_hourly IS 'Hourly weather at EWR, JFK and LGA in 2013.';
COMMENT ON TABLE airports_weather.delay_weather_correlation IS 'How weather goes with departure delay, by airport and month.';
COMMENT ON TABLE fleet.aircraft IS 'Aircraft that flew from New York in 2013, by tail number.';
COMMENT ON TABLE fleet.fleet_utilisation IS 'Flights, hours and miles per aircraft and month.';
COMMENT ON TABLE flight_operations.airlines IS 'Carrier codes, names and their New York activity in 2013.';
COMMENT ON TABLE flight_operations.flight_records IS 'Every departure from EWR, JFK and LGA in 2013 with all recorded times.';
COMMENT ON TABLE flight_operations.flight_schedule IS 'What was planned: one row per scheduled departure of 2013.';
COMMENT ON TABLE flight_operations.flight_delays IS 'Departure and arrival delay per flight, ready to use.';
COMMENT ON TABLE flight_operations.on_time_performance IS 'On-time arrival by month, carrier and airport of origin.';
COMMENT ON TABLE flight_operations.daily_operations_summary IS 'One line per day and airport: flights, delays, weather.';
COMMENT ON TABLE flight_operations.route_network IS 'Routes flown from New York in 2013.';
COMMENT ON TABLE customer.customer_profiles IS 'SYNTHETIC customers: no row describes a real person.';
COMMENT ON TABLE customer.customer_segments IS 'SYNTHETIC customers counted in cells of ten and more.';
COMMENT ON TABLE customer.bookings IS 'SYNTHETIC bookings on real flights, without any reference to a customer.';
COMMENT ON TABLE customer.bookings_full IS 'SYNTHETIC bookings on real flights, with invented passengers.';
COMMENT ON TABLE customer.loyalty_accounts IS 'SYNTHETIC loyalty accounts, by pseudonymous customer key.';
COMMENT ON TABLE finance.revenue_by_route IS 'SYNTHETIC revenue, computed from synthetic bookings.';
COMMENT ON TABLE finance.delay_compensation_exposure IS 'SYNTHETIC exposure, from synthetic bookings and real delays.';
