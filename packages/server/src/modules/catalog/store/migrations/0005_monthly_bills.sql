-- a bill per subscription and month, made once; it outlives its subscription, so nothing here refers to one
CREATE TABLE catalog.monthly_bills (
  subscription bigint NOT NULL,
  month date NOT NULL, -- its first day, in the time zone of the workspace
  period_from timestamptz NOT NULL,
  period_to timestamptz NOT NULL,
  subscription_id text NOT NULL,
  service text NOT NULL,
  organization text NOT NULL, -- the customer
  supplier text NOT NULL,
  bill jsonb, -- currency and amounts as text; absent: there was nothing to pay
  made_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (subscription, month)
);
CREATE INDEX monthly_bills_of_customers ON catalog.monthly_bills (organization, month, subscription)
  WHERE bill IS NOT NULL;
CREATE INDEX monthly_bills_of_suppliers ON catalog.monthly_bills (supplier, month, subscription)
  WHERE bill IS NOT NULL;
CREATE INDEX monthly_bills_by_month ON catalog.monthly_bills (month, subscription) WHERE bill IS NOT NULL;
