-- the supplier's last word on whether the customer pays (oscm §5)
ALTER TABLE catalog.subscriptions ADD COLUMN payment_valid boolean NOT NULL DEFAULT true;
