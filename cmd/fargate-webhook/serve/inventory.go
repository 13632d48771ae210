package serve

import (
	"os"

	"go.uber.org/zap"

	"fargate-webhook/bill"
	"fargate-webhook/internal/kube"
	"fargate-webhook/inventory"
)

// newInventory returns what counts the pods on Fargate in the cluster.
func newInventory(client kube.Interface, deps *dependencies, logger *zap.Logger) *inventory.Worker {
	prices := pricesOf(os.Getenv("AWS_REGION"))
	logger.Info("prices chosen", zap.String("region", prices.Region), zap.Bool("assumed", prices.Assumed))
	return inventory.New(inventory.Options{Client: client, Profiles: deps.profiles, Prices: prices, Logger: logger})
}

// pricesOf returns the list prices of a region, and those of another where they aren't known.
func pricesOf(region string) *bill.Prices {
	prices, known := bill.In(region)
	if !known {
		prices = bill.Assumed()
	}
	return &prices
}
